from __future__ import annotations

from notifier.decide.conditions import REGISTRY

NAMES = """
    client_ip result_value result_status result_authentication detail_message detail_error_message
    realm resolver logged_in_user user_token_number user_container_number user_info
    serial tokentype tokenrealm tokenresolver token_locked token_has_owner token_is_orphaned token_validity_period
    last_auth count_auth count_auth_success count_auth_fail failcounter otp_counter tokeninfo rollout_state
    token_is_in_container counter challenge_session challenge_expired
    container_state container_exact_state container_type container_has_owner container_has_token container_realm
    container_resolver container_info container_last_authentication container_last_synchronization
""".split()


def test_all_conditions_are_there() -> None:
    """Every condition of the system taken over is registered, under its name."""
    assert len(NAMES) == 42
    assert sorted(REGISTRY) == sorted(NAMES)


def test_conditions_describe_themselves() -> None:
    """Each has a type and a group of the handler module API, and a sentence."""
    for name, condition in REGISTRY.items():
        assert condition.name == name
        assert condition.type in {"str", "multi", "text", "regexp"}
        assert condition.group in {"general", "user", "token", "counter", "challenge", "container"}
        assert condition.desc
        assert "\n" not in condition.desc

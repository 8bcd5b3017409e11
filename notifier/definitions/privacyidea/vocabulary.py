"""The names of the system taken over: its conditions, options and kinds of gateway (reference sections 2.3, 3.1, 5).

Ours may grow; these are what an export can hold, and what had a meaning there.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The one handler module whose definitions are carried.
MODULE = "UserNotification"

CONDITIONS = frozenset(
    """
    client_ip result_value result_status result_authentication detail_message detail_error_message
    realm resolver logged_in_user user_token_number user_container_number user_info
    serial tokentype tokenrealm tokenresolver token_locked token_has_owner token_is_orphaned token_validity_period
    last_auth count_auth count_auth_success count_auth_fail failcounter otp_counter tokeninfo rollout_state
    token_is_in_container counter challenge_session challenge_expired
    container_state container_exact_state container_type container_has_owner container_has_token container_realm
    container_resolver container_info container_last_authentication container_last_synchronization
    """.split()
)
#: Names that only the manual has, and what they mean.
MANUALS_NAMES: Mapping[str, str] = {
    "container_last_auth": "container_last_authentication",
    "container_last_sync": "container_last_synchronization",
}

TYPES = ("tokenowner", "logged_in_user", "internal admin", "admin realm", "email")


def _people(option: str) -> tuple[str, ...]:
    return (option, *(f"{option} {kind}" for kind in TYPES))


ACTIONS: Mapping[str, frozenset[str]] = {
    "sendmail": frozenset(
        ("emailconfig", *_people("To"), *_people("reply_to"), "subject", "body", "mimetype", "attach_qrcode")
    ),
    "sendsms": frozenset(("smsconfig", *_people("To"), "body")),
    "savefile": frozenset(("body", "filename")),
}
OPTIONS = frozenset().union(*ACTIONS.values())

#: What stands beside conditions and options in a definition.
FIELDS = frozenset(
    """id name event handlermodule action position ordering active abort_on_error conditions options condition
    comparator""".split()
)

#: Provider modules under ``privacyidea.lib.smsprovider``, and their names here.
PROVIDERS: Mapping[str, str] = {
    "HttpSMSProvider": "http",
    "SipgateSMSProvider": "sipgate",
    "SmtpSMSProvider": "smtp",
    "SmppSMSProvider": "smpp",
    "ScriptSMSProvider": "script",
    "FirebaseProvider": "firebase",
}
PROVIDER_PACKAGE = "privacyidea.lib.smsprovider."
#: Options of gateways of a kind; values under these names are secrets only where they look like one.
GATEWAY_OPTIONS: Mapping[str, frozenset[str]] = {
    "sipgate": frozenset(("USERNAME", "PROXY", "REGEXP")),
    "smtp": frozenset(("MAILTO", "SMTPIDENTIFIER", "SUBJECT", "BODY", "REGEXP")),
    "smpp": frozenset(
        "SMSC_HOST SMSC_PORT SYSTEM_ID S_ADDR S_ADDR_TON S_ADDR_NPI D_ADDR_TON D_ADDR_NPI REGEXP".split()
    ),
    "script": frozenset(("script", "background", "REGEXP")),
    "firebase": frozenset(("JSON config file", "httpsproxy")),
}
#: The HTTP provider's own options; every other one is a parameter of the request.
HTTP_OPTIONS = frozenset(
    """URL HTTP_METHOD CHECK_SSL SEND_DATA_AS_JSON USERNAME PASSWORD RETURN_SUCCESS RETURN_FAIL TIMEOUT HTTP_PROXY
    HTTPS_PROXY PROXY REGEXP""".split()
)

#: Options that are never a URL: what stands in one stays as it is.
TEXTS = frozenset(("REGEXP", "RETURN_SUCCESS", "RETURN_FAIL"))
#: Parameters of a request that hold no secret, in small letters without signs. Every other one may.
HARMLESS = frozenset(
    """
    from sender senderid sendername originator source src to dest destination dst recipient recipients receiver
    phone phonenumber number numbers mobile msisdn text message msg body content subject title tag
    type msgtype messagetype smstype mode class messageclass flash unicode encoding charset coding datacoding dcs udh
    lang language locale country countrycode region format output responseformat method action command cmd operation
    function route gateway channel provider prio priority validity validityperiod ttl expiry expire schedule date time
    delivery dlr report deliveryreport statusreport notify concat maxparts split test debug dryrun version api
    user username userid uid login account accountname name
    """.split()
)
HARMLESS_HEADERS = frozenset(
    """
    accept acceptcharset acceptencoding acceptlanguage cachecontrol connection contentencoding contentlanguage
    contenttype host origin pragma referer useragent xrequestedwith
    """.split()
)

CENSORED = "__CENSORED__"

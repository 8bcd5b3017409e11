"""``notifier.yaml`` as settings; what is wrong in one place leaves the rest as written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from notifier.configuration import REDIS_SCHEMES, RetryPolicy, Settings
from notifier.definitions.problems import salvage
from notifier.definitions.schema import NotifierFile, RetryRules
from notifier.definitions.yamlfile import YamlFile

SMS_RETRY = RetryPolicy(timedelta(seconds=5), 2.0, timedelta(minutes=5), 60, timedelta(hours=1))


def settings_of(file: YamlFile, root: Path, environ: Mapping[str, str]) -> Settings:
    """The settings, with defaults where something is missing or wrong."""
    parsed = salvage(file, NotifierFile)
    if parsed.redis.url and not parsed.redis.url.startswith(REDIS_SCHEMES):
        # Never quoted: it may hold a password.
        file.problem(("redis", "url"), "this is no Redis URL", f"it begins with {', '.join(REDIS_SCHEMES)}")
    spool = Path(parsed.spool_directory) if parsed.spool_directory else Settings().spool_directory
    scripts = Path(parsed.script_directory) if parsed.script_directory else Settings().script_directory
    retention = Settings().retention if parsed.retention is None else parsed.retention
    limit = parsed.limits.per_recipient
    if limit and limit.period > retention:
        hint = "what is held back is given up after `retention`, before its recipient is told"
        file.problem(("limits", "per_recipient"), "its time is longer than `retention`", hint, warning=True)
    return Settings(
        url=parsed.url,
        timezone=_timezone(file, parsed.timezone),
        redis_url=environ.get("NOTIFIER_REDIS_URL") or parsed.redis.url,
        appendfsync=parsed.redis.appendfsync,
        replicas=parsed.redis.replicas,
        replica_timeout=parsed.redis.replica_timeout or Settings().replica_timeout,
        stream=parsed.stream,
        retry={
            "mail": policy_of(parsed.retry.mail, RetryPolicy()),
            "sms": policy_of(parsed.retry.sms, SMS_RETRY),
            "file": policy_of(parsed.retry.file, RetryPolicy()),
        },
        retention=retention,
        max_event_size=parsed.limits.max_event_size,
        per_recipient=limit,
        stalled_after=parsed.limits.stalled_after or Settings().stalled_after,
        spool_directory=spool if spool.is_absolute() else root / spool,
        script_directory=scripts if scripts.is_absolute() else root / scripts,
    )


def _timezone(file: YamlFile, zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        file.problem(("timezone",), f"unknown time zone {zone!r}", "such as Europe/Berlin or UTC")
        return "UTC"
    return zone


def policy_of(rules: RetryRules, default: RetryPolicy) -> RetryPolicy:
    """The rules, with what they don't say as in ``default``."""
    return RetryPolicy(
        first=default.first if rules.first is None else rules.first,
        factor=default.factor if rules.factor is None else rules.factor,
        cap=default.cap if rules.cap is None else rules.cap,
        attempts=default.attempts if rules.attempts is None else rules.attempts,
        deadline=default.deadline if rules.deadline is None else rules.deadline,
    )

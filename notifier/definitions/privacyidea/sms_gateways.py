"""SMS gateways as they stand there, and the same as they stand here (reference section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifier.configuration import SCRIPT_DIRECTORY
from notifier.definitions.privacyidea.entries import Entry
from notifier.definitions.privacyidea.report import Report
from notifier.definitions.privacyidea.secrets import Secrets, literal
from notifier.definitions.privacyidea.sensitive import is_secret, is_secret_header, is_striking
from notifier.definitions.privacyidea.values import section, text
from notifier.definitions.privacyidea.vocabulary import (
    CENSORED,
    GATEWAY_OPTIONS,
    HTTP_OPTIONS,
    PROVIDER_PACKAGE,
    PROVIDERS,
    TEXTS,
)

_FIELDS = frozenset(("providermodule", "description", "options", "headers", "id", "identifier", "name"))


def sms_gateways(given: Mapping[str, Mapping[str, Any]], secrets: Secrets, report: Report) -> list[Entry]:
    """The entries of ``sms_gateways.yaml``."""
    return [_Gateway(name, raw, secrets, report).entry() for name, raw in given.items()]


def placeholder(name: str) -> Entry:
    """A gateway that definitions name, and the export doesn't have; its host can't exist, so nothing is lost in it."""
    content = {"provider": "http", "options": {"URL": "https://sms.invalid/", "HTTP_METHOD": "POST"}}
    return Entry(f"SMS gateway {name!r}", name, content, "Not in the export: fill in provider and options.")


class _Gateway:
    """Turns one gateway."""

    def __init__(self, name: str, raw: Mapping[str, Any], secrets: Secrets, report: Report) -> None:
        self._name = name
        self._what = f"SMS gateway {name!r}"
        self._raw = raw
        module = text(raw.get("providermodule"))
        self._provider = PROVIDERS.get(module.rpartition(".")[2]) if module.startswith(PROVIDER_PACKAGE) else None
        self._secrets = secrets
        self._report = report

    def entry(self) -> Entry:
        """The entry."""
        raw, content = self._raw, dict[str, Any]()
        entry = Entry(self._what, self._name, content)
        module = text(raw.get("providermodule"))
        provider = self._provider
        if provider:
            content["provider"] = provider
        else:
            content["providermodule"] = module
            entry.aside = f"its module {module} is not known here" if module else "it names no module"
        if description := text(raw.get("description")):
            content["description"] = self._secrets.guarded(("sms", self._name), f"{self._what}, text", description)
        try:
            options, headers = self._texts("options"), self._texts("headers")
        except ValueError as error:
            entry.aside = str(error)
            return entry
        if provider == "http":
            options = self._http(options)
        if provider == "sipgate":
            options = self._sipgate(options)
        if provider == "script":
            options = self._script(options)
        content["options"] = {key: self._option(key, value) for key, value in options.items()}
        if headers:
            content["headers"] = {
                key: self._value("header", key, value, secret=is_secret_header(key, value))
                for key, value in headers.items()
            }
        for key in raw.keys() - _FIELDS:
            self._report.dropped(self._what, f"its field {key!r}: there is none of that name")
        return entry

    def _texts(self, key: str) -> dict[str, str]:
        try:
            found = section(self._raw.get(key))
        except ValueError as error:
            raise ValueError(f"its {key} {error}") from None
        # A list was stored as its Python text there.
        return {name: value if isinstance(value, str) else str(list(value)) for name, value in found.items()}

    def _option(self, key: str, value: str) -> str:
        own = HTTP_OPTIONS if self._provider == "http" else GATEWAY_OPTIONS.get(self._provider or "", frozenset())
        if key in own and key in TEXTS and value != CENSORED:
            return literal(value)
        return self._value("option", key, value, secret=(is_striking if key in own else is_secret)(key, value))

    def _value(self, place: str, key: str, value: str, *, secret: bool) -> str:
        where = f"{self._what}, {place} {key}"
        words = ("sms", self._name, key)
        return self._secrets.take(words, where, value) if secret else self._secrets.guarded(words, where, value)

    def _sipgate(self, given: Mapping[str, str]) -> dict[str, str]:
        """There it was the old interface, and a fault of it was a success."""
        options = dict(given)
        if options.pop("REGEXP", ""):
            self._report.dropped(self._what, "its option 'REGEXP': Sipgate's ignored it there")
        self._report.changed(self._what, "it is asked over REST; `API: xmlrpc` is the old interface")
        self._report.left(self._what, "sipgate wants a personal access token today: write TOKEN_ID and TOKEN for "
                                      "USERNAME and PASSWORD, and SMS_ID if it isn't s0")  # fmt: skip
        return options

    def _script(self, given: Mapping[str, str]) -> dict[str, str]:
        """There a script in the background had no say, and none had an end."""
        options = dict(given)
        if options.pop("background", "wait") == "background":
            self._report.changed(self._what, "its exit code counts now; there it didn't, as it was a `background` one")
        self._report.changed(
            self._what, "its script has 30 seconds, unless TIMEOUT says otherwise; there it had no end"
        )
        self._report.left(self._what, f"copy its script {options.get('script', '')!r} into script_directory "
                                      f"({SCRIPT_DIRECTORY}); exit codes have a meaning")  # fmt: skip
        return options

    def _http(self, given: Mapping[str, str]) -> dict[str, str]:
        """There the names count in capitals only, and of most values one spelling; here any of them."""
        options = dict(given)
        for name in given:
            if name not in HTTP_OPTIONS and name.upper() in HTTP_OPTIONS:
                # A parameter of the request by that name; the empty option tells it from the option.
                options.setdefault(name.upper(), "")
        if (method := options.get("HTTP_METHOD")) not in (None, "", "GET", "POST"):
            if method.strip().upper() == "POST":
                self._report.changed(self._what, f"its HTTP_METHOD {method!r} meant GET there; here it is POST")
            else:
                options["HTTP_METHOD"] = "GET"
        for name, default in (("CHECK_SSL", "yes"), ("SEND_DATA_AS_JSON", "no")):
            if (value := options.get(name)) is not None and value not in ("yes", "no"):
                options[name] = "no"
                if value or default == "yes":
                    self._report.changed(self._what, f"its {name} {value!r} meant no there, and is written so")
        if options.get("CHECK_SSL") == "no" and options.get("URL", "").lower().startswith("https:"):
            self._report.left(self._what, "its certificate isn't verified, as there: CHECK_SSL: yes if it can be")
        if not options.get("URL"):
            self._report.left(self._what, "its option URL is missing, without which nothing was sent there, either")
        return options

"""What an SMTP server's entry says of its mails' headers and signatures; keys are read from their files here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from notifier.configuration import Dkim, Letterhead, Secret, Smime, ThreadBy
from notifier.definitions.schema import DkimEntry, SmtpServerEntry
from notifier.definitions.yamlfile import Path_, YamlFile
from notifier.keys.dkim import is_key
from notifier.keys.pem import is_pem
from notifier.model import Location

#: No key is longer, and no chain of certificates.
LONGEST = 1 << 20
_LIST_ID = re.compile(r"[^<>\x00-\x1f]*<[A-Za-z0-9._-]{3,255}>")
_BARE_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_FEEDBACK_ID = re.compile(r"[!-9;-~]*(:[!-9;-~]*){0,3}")
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_SELECTOR = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


class KeyFiles:
    """Reads what entries name, relative to the configuration directory.

    Args:
        root: The directory.
        draft: Nobody sends by it yet, and its keys may be on another machine: nothing is said of those missing here.
    """

    def __init__(self, root: Path, *, draft: bool = False) -> None:
        self._root = root
        self.draft = draft
        #: Those that were asked for, there or not: workers look at them for changes.
        self.names: list[str] = []

    def read(self, value: str) -> str | None:
        """The key itself, or what is in the file that is named so; None where that can't be read."""
        if is_pem(value) or is_key(value):
            return value
        self.names.append(value)
        try:
            with (self._root / value).open("rb") as file:
                return file.read(LONGEST).decode()
        except (OSError, ValueError):  # not a text, or a path no file can have
            return None


class SigningReader:
    """Reads one entry; what is wrong with it is recorded in its file, and the first of it kept in `broken`."""

    def __init__(
        self, file: YamlFile, identifier: str, entry: SmtpServerEntry, keys: KeyFiles, *, warn: bool = False
    ) -> None:
        self._file, self._identifier, self._entry, self._keys = file, identifier, entry, keys
        #: What is wrong keeps no mail.
        self._warn = warn
        #: Why no mail can be sent as the entry says; empty: all is well.
        self.broken = ""

    def letterhead(self) -> Letterhead:
        """What is added to the headers; nothing that is wrong."""
        entry = self._entry
        list_id = entry.list_id.strip()
        if _BARE_LIST_ID.fullmatch(list_id):
            list_id = f"<{list_id}>"
        if list_id and not _LIST_ID.fullmatch(list_id):
            hint = "such as Our tokens <tokens.example.com>"
            self._file.problem((self._identifier, "list_id"), "'list_id' must be a name with dots", hint)
            list_id = ""
        feedback_id = entry.feedback_id.strip()
        if not _FEEDBACK_ID.fullmatch(feedback_id):
            what = "'feedback_id' must be up to four words with colons between them"
            self._file.problem((self._identifier, "feedback_id"), what, "such as tokens:::example")
            feedback_id = ""
        return Letterhead(list_id, feedback_id, ThreadBy(entry.thread_by))

    def dkim(self) -> Dkim | None:
        """The signature for servers; None where there is to be none, or it can't be."""
        entry = self._entry.dkim
        if entry is None:
            return None
        text = self.key(("dkim", "private_key"), entry.private_key)
        self._check_dkim(entry)
        headers, _, body = entry.canonicalization.partition("/")
        if text is None or self.broken:
            return None
        places = self._places(("dkim",), DkimEntry.model_fields)
        canonicalization = headers, body
        fixed = entry.domain.lower(), entry.selector, Secret(text)
        return Dkim(*fixed, entry.headers, canonicalization, entry.algorithm, places)

    def smime(self) -> Smime | None:
        """The signature for readers; one that can't be made says why."""
        entry = self._entry
        if not entry.smime:
            return None
        required = entry.dont_send_on_error
        reader = SigningReader(self._file, self._identifier, entry, self._keys, warn=not required)
        certificate = reader.key(("certificate",), entry.certificate)
        # Both may stand in one file.
        private_key = reader.key(("private_key",), entry.private_key) if entry.private_key else certificate
        if required:
            self.broken = self.broken or reader.broken
        password = Secret(entry.private_key_password)
        places = self._places((), ("smime", "certificate", "private_key", "private_key_password"))
        return Smime(certificate or "", Secret(private_key or ""), password, required, reader.broken, places)

    def _check_dkim(self, entry: DkimEntry) -> None:
        if not _DOMAIN.fullmatch(entry.domain):
            self._problem(("dkim", "domain"), "'domain' must be a domain, such as example.com")
        if not _SELECTOR.fullmatch(entry.selector):
            self._problem(("dkim", "selector"), "'selector' must be a name of letters, digits, hyphens and dots")
        names = [name.lower() for name in entry.headers]
        if "from" not in names:
            self._problem(("dkim", "headers"), "'headers' must name From")
        for i, name in enumerate(entry.headers):
            if not _HEADER.fullmatch(name) or name.lower() == "dkim-signature":
                self._problem(("dkim", "headers", i), "this header can't be signed")

    def key(self, path: Path_, value: str) -> str | None:
        """What an entry's key names, or None."""
        name = path[-1]
        if not value:
            self._problem(path, f"{name!r} is missing", "a path, or ${file:PATH}")
            return None
        text = self._keys.read(value)
        if text is None and self._keys.draft:
            self.broken = self.broken or f"the file of {name!r} can't be read"
        elif text is None:
            # Never quoted: it may be a key.
            hint = "a file in PEM that the worker may read; its path is relative to the configuration directory"
            self._problem(path, f"the file of {name!r} can't be read", hint)
        return text

    def _problem(self, path: Path_, message: str, hint: str = "") -> None:
        said = f"{message}: mails go out unsigned" if self._warn else message
        self._file.problem((self._identifier, *path), said, hint, warning=self._warn)
        self.broken = self.broken or said

    def _places(self, above: Path_, keys: Iterable[str]) -> dict[str, Location]:
        """Where each key stands, and under the empty name where what they belong to does."""
        path = (self._identifier, *above)
        return {
            "": Location(self._file.name, *self._file.position(path, key=True)),
            **{key: Location(self._file.name, *self._file.position((*path, key))) for key in keys},
        }

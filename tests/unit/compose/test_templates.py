from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from composing import agent, caller, compiled, compose, event, only, taken

from notifier.compose.composer import Composer
from notifier.compose.directory.port import User
from notifier.compose.directory.realms import RealmDirectory
from notifier.configuration import DirectoryConfig, StaticStoreConfig
from notifier.errors import ComposeError, DirectoryUnavailable
from notifier.model import HandlerDefinition, Message, TokenOwner


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A directory of templates."""
    home = tmp_path / "templates"
    for name, text in {
        "welcome/subject.txt": "Welcome,\n{{ user }}\n",
        "welcome/body.txt": "Hello {{ user }}{% if pin %}, PIN {{ pin }}{% endif %}",
        "welcome/de/body.txt": "Hallo {{ user }}",
        "welcome/de_AT/subject.txt": "Servus, {{ user }}",
        "letter/body.html": "<p>{{ ua_string }} {{ recipient_givenname }}</p>",
        "both/body.txt": "text {{ ua_string }}",
        "both/body.html": "<p>{{ ua_string }}</p>",
        "both/fr/body.txt": "bonjour",
        "notes.txt": "From a file: {serial}",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return home


def write(templates: Path, body: str) -> None:
    """Another template, named mine."""
    (templates / "mine").mkdir()
    (templates / "mine" / "body.txt").write_text(body, encoding="utf-8")


def mail(templates: Path, name: str, action: str = "sendmail", locale: str | None = None, **facts: Any) -> Message:
    """The one message that a template makes."""
    owner = TokenOwner("kim", "r", email="kim@x.de", mobile="+491", givenname="Kim", locale=locale)
    return only(compose(compiled(action, templates=templates, template=name), event(**{"tokenowner": owner, **facts})))


def error(templates: Path, **options: Any) -> tuple[str, str]:
    """The one thing that is wrong."""
    (found,) = compiled(templates=templates, **options).errors
    return found


def test_subject_and_body(templates: Path) -> None:
    """Tags are the template's variables; a subject is one line."""
    message = mail(templates, "welcome")

    assert (message.subject, message.body, message.mimetype) == ("Welcome, Kim", "Hello Kim", "plain")


@pytest.mark.parametrize(
    ("locale", "subject", "body"),
    [
        ("de_DE", "Welcome, Kim", "Hallo Kim"),
        ("de-DE", "Welcome, Kim", "Hallo Kim"),
        ("de", "Welcome, Kim", "Hallo Kim"),
        ("de_AT", "Servus, Kim", "Hallo Kim"),
        ("de_AT.UTF-8", "Servus, Kim", "Hallo Kim"),
        ("en", "Welcome, Kim", "Hello Kim"),
        ("../letter", "Welcome, Kim", "Hello Kim"),
        ("", "Welcome, Kim", "Hello Kim"),
    ],
)
def test_the_owners_language(templates: Path, locale: str, subject: str, body: str) -> None:
    """The folder of the owner's locale comes before that of the language, and that before the general parts."""
    message = mail(templates, "welcome", locale=locale)

    assert (message.subject, message.body) == (subject, body)


def test_the_directory_knows_the_language(templates: Path) -> None:
    """A locale that only the directory has is used."""
    cornelius = TokenOwner("cornelius", "realm1")

    assert mail(templates, "welcome", tokenowner=cornelius).body == "Hallo Cornelius"


def test_language_before_form(templates: Path) -> None:
    """A text in the owner's language is better than HTML in another."""
    assert (mail(templates, "both", locale="fr").body, mail(templates, "both").mimetype) == ("bonjour", "html")


def test_html_is_escaped(templates: Path) -> None:
    """Values in an HTML body are escaped, in a text they are not."""
    message = mail(templates, "letter", request=agent("<b>'\""))

    assert (message.mimetype, message.body) == ("html", "<p>&lt;b&gt;&#39;&#34; Kim</p>")


def test_default_subject(templates: Path) -> None:
    """A template without a subject takes the definition's, or ours."""
    assert mail(templates, "letter").subject
    assert only(compose(compiled(templates=templates, template="letter", subject="S {serial}"))).subject.startswith("S")


def test_a_short_message_is_text(templates: Path) -> None:
    """An SMS is made of body.txt even where there is HTML, and can't be made of HTML alone."""
    assert mail(templates, "both", "sendsms", request=agent("<b>")).body == "text <b>"
    assert error(templates, action="sendsms", template="letter") == (
        "options.template",
        "template 'letter' has no body.txt, which sendsms needs",
    )


def test_only_the_used_are_worked_out(templates: Path) -> None:
    """A template's tags are known beforehand."""
    action = compiled(templates=templates, template="welcome", subject="x")

    assert [tag for tag, _ in action.makers] == ["pin", "user"]


@pytest.mark.parametrize("name", ["nope", "../templates/welcome", "welcome/de", ".", "..", "", "notes.txt"])
def test_missing(templates: Path, name: str) -> None:
    """A template that isn't there is told with those that are; a name can't leave the directory."""
    if name:
        assert error(templates, template=name) == (
            "options.template",
            f"no template {name!r} in templates/ (there are: both, letter, welcome)",
        )


def test_no_directory(tmp_path: Path) -> None:
    """Without a directory there are none."""
    assert error(tmp_path / "x", template="a")[1] == "no template 'a' in templates/ (there are: none)"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{{ serail }}", "template 'mine', body.txt line 1: unknown tag {serail}; did you mean {serial}?"),
        ("a\n{{ serial", "template 'mine', body.txt line 2: unexpected end of template, expected 'end of print"),
        ("{{ serial|nope }}", "template 'mine', body.txt line 1: no filter 'nope'"),
        ("{% include 'x' %}", "template 'mine', body.txt line 1: a template can't include, import or extend another"),
    ],
)
def test_errors_when_read(templates: Path, body: str, message: str) -> None:
    """What is wrong with a template is told when it's read, with part and line."""
    write(templates, body)

    assert error(templates, template="mine")[1].startswith(message)


def test_no_body(templates: Path) -> None:
    """A template has to say something."""
    (templates / "mine").mkdir()

    assert error(templates, template="mine")[1] == "template 'mine' has neither body.txt nor body.html"


def test_not_utf8(templates: Path) -> None:
    """A part that isn't UTF-8 is told."""
    write(templates, "")
    (templates / "mine" / "body.txt").write_bytes(b"\xff")

    assert error(templates, template="mine")[1] == "template 'mine': body.txt can't be read"


@pytest.mark.parametrize(
    "body",
    [
        "{{ '%d' % admin }}",
        "{{ 1 // 0 }}",
        "{{ {}[admin] }}",
        "{{ admin.__class__.__mro__ }}",
        "{{ admin.split() + 1 }}",
    ],
)
def test_fails_for_an_event(templates: Path, body: str) -> None:
    """A template that fails is an error of this message, and no value of the event is in it."""
    write(templates, body)
    action = compiled(templates=templates, template="mine")

    with pytest.raises(ComposeError) as caught:
        compose(action, event(logged_in_user=caller("s3cret")))

    assert caught.value.reason == "template_error"
    assert caught.value.detail.startswith("the template fails for this event")
    assert "s3cret" not in caught.value.detail


def test_file_body(templates: Path) -> None:
    """`file:` takes a body with tags from the directory."""
    assert only(compose(compiled(templates=templates, body="file:notes.txt"))).body == "From a file: OATH123456"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nope.txt", "file:nope.txt: no such file in templates/, or not UTF-8"),
        ("welcome", "file:welcome: no such file in templates/, or not UTF-8"),
        ("/etc/hostname", "file:/etc/hostname is not inside templates/; copy it there"),
        ("no.txt\nand more", "file:no.txt: no such file in templates/, or not UTF-8"),
        ("../templates.txt", "file:../templates.txt is not inside templates/; copy it there"),
    ],
)
def test_45_unreadable_file(templates: Path, name: str, message: str) -> None:
    """Case 45, decided otherwise by section 10: a body that can't be read is an error, its name is never mailed."""
    assert error(templates, body=f"file:{name}") == ("options.body", message)


def test_45_links_out_and_in_a_circle(templates: Path) -> None:
    """A link doesn't lead out of the directory, nor forever around."""
    (templates / "out").symlink_to("/etc/hostname")
    (templates / "circle").symlink_to("circle")

    assert "is not inside" in error(templates, body="file:out")[1]
    assert "no such file" in error(templates, body="file:circle")[1]


def test_jinja_only_where_used() -> None:
    """Who uses no templates doesn't load Jinja2."""
    code = "import sys, notifier.compose.composer; sys.exit('jinja2' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_each_recipient_reads_the_own_language(templates: Path) -> None:
    """The recipient's locale counts, not the owner's; those who read the same get the same."""
    (templates / "both_tongues" / "de").mkdir(parents=True)
    (templates / "both_tongues" / "body.txt").write_text("{{ moment | date('long') }}")
    (templates / "both_tongues" / "de" / "body.txt").write_text("am {{ moment | date('long') }}")
    people = [("a", "de_DE", "Europe/Berlin"), ("b", "en", "Pacific/Auckland"), ("c", "fr", ""), ("d", "de", "")]
    users = tuple(
        {"username": n, "email": f"{n}@x.de", "locale": locale, "timezone": zone} for n, locale, zone in people
    )
    config = DirectoryConfig(realms={"staff": ("s",)}, stores={"s": StaticStoreConfig(users)})
    composer = Composer({}, RealmDirectory(config), templates, "", "Europe/Berlin")
    options = {"emailconfig": "m", "template": "both_tongues", "To": "admin realm", "To admin realm": "staff"}
    owner = TokenOwner("kim", email="kim@x.de", locale="it")

    action = composer.compile(HandlerDefinition("n", ("token_init",), "sendmail", options=options))

    assert {m.to[0]: m.body for m in taken(action.compose(event(tokenowner=owner))).messages} == {
        "a@x.de": "am 24. November 2026",
        "b@x.de": "November 25, 2026",
        "c@x.de": "24 novembre 2026",
        "d@x.de": "am 24. November 2026",
    }


class Silent:
    """A directory that nobody may ask."""

    def user(self, username: str, realm: str) -> User | None:
        raise DirectoryUnavailable("ad", f"asked for somebody in {realm or username}")

    members = internal_admin = user


def test_nobody_is_looked_up_in_vain(templates: Path) -> None:
    """Where the event has the address and the text is the same for all, the directory may be down."""
    composer = Composer({}, Silent(), templates, "", "UTC")  # type: ignore[arg-type]
    options = {"emailconfig": "m", "template": "plain"}
    (templates / "plain").mkdir()
    (templates / "plain" / "body.txt").write_text("Hello {{ username }}")
    owner = TokenOwner("kim", "sales", email="kim@x.de")

    action = composer.compile(HandlerDefinition("n", ("token_init",), "sendmail", options=options))

    assert [m.body for m in action.compose(event(tokenowner=owner)).messages] == ["Hello kim"]

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from composing import TIME, agent, caller, compiled, compose, event, only, taken

from notifier.compose.composer import Composer
from notifier.compose.directory.port import User
from notifier.compose.directory.realms import RealmDirectory
from notifier.compose.language import Reader
from notifier.compose.tags import BODY_NAMES
from notifier.compose.templates import Named, Wording, load_template
from notifier.configuration import DirectoryConfig, StaticStoreConfig
from notifier.definitions.files import read_templates
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
    (templates / "mine" / "subject.txt").write_text("s")

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
        "{{ admin['upper'] }}",
        "{% set name = 'upper' %}{{ admin[name] }}",
        "{{ [admin] | join(',', 'upper') }}",
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


def named(templates: Path, **parts: str) -> Named:
    """A template of these parts, named made; ``de__body_html`` is body.html in the folder de."""
    for part, text in parts.items():
        file = templates / "made" / part.replace("__", "/").replace("_html", ".html").replace("_txt", ".txt")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return load_template(read_templates(templates), "made", BODY_NAMES)


def test_text_beside_html(templates: Path) -> None:
    """Where the folder has both, both are written, each by its rules."""
    template = named(templates, body_html="<p>{{ user }}</p>", body_txt="{{ user }}", subject_txt="{{ serial }}")

    assert template.render({"user": "<Kim>", "serial": "A1"}, Reader(), TIME) == Wording(
        "A1", "<p>&lt;Kim&gt;</p>", "html", "<Kim>"
    )


def test_text_made_of_html(templates: Path) -> None:
    """Where the folder has HTML alone, its text is beside it: the general text is in another language."""
    html = '<p>Hallo {{ user }}, <a href="{{ url }}">hier</a></p>'
    template = named(templates, de__body_html=html, body_txt="Hello", de__subject_txt="Betreff")

    assert template.render({"user": "<Kim>", "url": "https://x.de"}, Reader("de_AT"), TIME) == Wording(
        "Betreff",
        '<p>Hallo &lt;Kim&gt;, <a href="https://x.de">hier</a></p>',
        "html",
        "Hallo <Kim>, hier <https://x.de>\n",
    )


def test_nothing_beside_a_text(templates: Path) -> None:
    """A plain body is its own text, and so is the text of a short message."""
    template = named(templates, body_html="<p>a</p>", body_txt="a", fr__body_txt="b")

    assert template.render({}, Reader("fr"), TIME) == Wording(None, "b", "plain")
    assert template.render({}, Reader(), TIME, html=False) == Wording(None, "a", "plain")


def test_the_mail_has_both(templates: Path) -> None:
    """The message of the action carries the text beside its HTML."""
    message = mail(templates, "both", request=agent("<b>"))

    assert (message.body, message.alternative) == ("<p>&lt;b&gt;</p>", "text <b>")


def test_moment_in_language_and_zone(templates: Path) -> None:
    """The filters write the event's time as its reader does; the tags stay as they are."""
    template = named(templates, body_txt="{{ date }} | {{ moment | datetime }} | {{ moment | date('d. MMMM') }}")
    reader = Reader("de_DE", ZoneInfo("Asia/Tokyo"))

    wording = template.render({"date": "2026-11-24"}, reader, TIME)

    assert wording.body == "2026-11-24 | 25.11.2026, 00:22:48 | 25. November"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{{ moment }}", "24.11.2026, 15:22:48"),
        ("am {{ moment | date(pattern='long') }} um {{ moment | time('short') }}", "am 24. November 2026 um 15:22"),
        ("{{ 'am ' ~ moment }}", "am 24.11.2026, 15:22:48"),
        ("{% for s in serial.split(',') %}{{ loop.index }}:{{ s }} {% endfor %}", "1:A1 2:B2 "),
        ("{% for s in serial.split(',') if s != 'A1' %}{{ s }}{% else %}-{% endfor %}", "B2"),
        ("{{ serial.split(',') | map('lower') | join(' und ') }}", "a1 und b2"),
        ("{{ {'hotp': 'Einmalpasswort'}.get(tokentype, tokentype) }}", "Einmalpasswort"),
        ("{{ {'totp': 'x'}[tokentype] | default('anderes') }}", "anderes"),
        ("{{ pin or 'keine' }}{% if tokentype in ['hotp', 'totp'] %}!{% endif %}", "keine!"),
        ("{% set n = serial.split(',') | length %}{{ n }} {{ n * 2 + 1 }} {{ serial[:2] }}", "2 5 A1"),
        ("{{ user | upper }}{{ user | truncate(3) }}{{ user | replace('i', 'u') }}", "KIMKimKum"),
        ("{{ 'a' + user }}{{ (['x'] + ['y']) | last }}{% for i in range(3) %}{{ i }}{% endfor %}", "aKimy012"),
        ("{% for i in [1, 2] %}{{ loop.cycle('a', 'b') }}{% endfor %}{% with x = user %}{{ x }}{% endwith %}", "abKim"),
        ("{{ 'yes' if user is defined and user is not upper else 'no' }}", "yes"),
        ("{% for c in [2, 1] | sort %}{{ c }}{% endfor %}{{ ['b', 'a'] | select('lower') | first }}", "12b"),
        ("{{ user | indent(2, true) }}{{ -3 | abs }}{{ '7' | int % 4 }}", "  Kim33"),
    ],
)
def test_what_a_template_can_do(templates: Path, body: str, text: str) -> None:
    """Values, conditions, loops, filters."""
    values = {"serial": "A1,B2", "tokentype": "hotp", "pin": "", "user": "Kim"}

    assert named(templates, body_txt=body).render(values, Reader("de"), TIME).body == text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{{ moment | datum }}", "no filter 'datum'; did you mean 'date'?"),
        ("{% if pin %}{{ moment | datum }}{% endif %}", "no filter 'datum'; did you mean 'date'?"),
        ("{{ user is defned }}", "no test 'defned'; did you mean 'defined'?"),
        ("{{ user | safe }}", "no filter 'safe'; in body.html every value is escaped"),
        ("{{ moments }}", "unknown tag {moments}; did you mean {moment}?"),
        ("{{ moment | date('ful') }}", "unknown length 'ful'; did you mean 'full'?"),
        ("{{ moment | date(user) }}", "date takes one text in quotes, as in date('short')"),
        ("{{ moment | date('short', 1) }}", "date takes one text in quotes, as in date('short')"),
        ("{{ moment | date(*user) }}", "date takes one text in quotes, as in date('short')"),
        ("{{ user.format(1) }}", "a template can't call format()"),
        ("{{ user.splt(',') }}", "a template can't call splt(); did you mean 'split'?"),
        ("{{ moment.written('date') }}", "a template can't call written()"),
        ("{{ user['upper']() }}", "a template can't call that"),
        ("{{ user.upper }}", "upper has to be called: upper()"),
        ("{% for x in [1] %}{{ loop.cycle }}{% endfor %}", "cycle has to be called: cycle()"),
        ("{{ range }}", "range has to be called: range()"),
        ("{{ [user] | map(**{'attribute': '__class__'}) }}", "arguments are written one by one, without * and **"),
        ("{{ user is in(*[user]) }}", "arguments are written one by one, without * and **"),
        ("{{ range(*[1]) }}", "arguments are written one by one, without * and **"),
        ("{{ lipsum() }}", "lipsum is nothing that can be called"),
        ("{{ self }}", "unknown tag {self}; did you mean {serial}?"),
        ("{% set user = 1 %}", "user is there already; give the variable another name"),
        ("{% for moment in [1] %}{% endfor %}", "moment is there already; give the variable another name"),
        ("{% with range = 1 %}{% endwith %}", "range is there already; give the variable another name"),
        ("{% set x = [1] %}{{ [x, x] }}", "a list holds texts in quotes, numbers and tags alone"),
        ("{% set x = [1] %}{{ {1: x} }}", "a mapping holds texts in quotes, numbers and tags alone"),
        ("{{ [user] | map(attribute='x') }}", "texts have no attributes"),
        ("{% macro m() %}{% endmacro %}", "a template can't use {% macro %}"),
        ("{% call x() %}{% endcall %}", "a template can't use {% call %}"),
        ("{% block x %}{% endblock %}", "a template can't use {% block %}"),
        ("{% filter upper %}{% endfilter %}", "a template can't use {% filter %}"),
        ("{% autoescape false %}{% endautoescape %}", "a template can't use {% autoescape %}"),
        ("{% set x %}a{% endset %}", "a template can't use {% set %} without ="),
        ("{% set x.y = 1 %}", "a template can't use {% set %} of an attribute"),
        ("{{ 2 ** 9 }}", "a template can't use **"),
        ("{% for x in [1] recursive %}{% endfor %}", "a loop can't be recursive"),
        ("{{ 1e999 }}", "a number is too large"),
        ("{{ 99999999999999999 }}", "a number is too large"),
    ],
)
def test_what_a_template_can_t_do(templates: Path, body: str, message: str) -> None:
    """Told with its line when the template is read."""
    with pytest.raises(ValueError, match="^template 'made', body.txt line 2: ") as caught:
        named(templates, body_txt=f"\n{body}")

    assert str(caught.value) == f"template 'made', body.txt line 2: {message}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "nested too deeply"),
        ("{% for a in user %}" * 30 + "{% endfor %}" * 30, "nested too deeply"),
        ("{{ " + "9" * 5000 + " }}", "a number is too large"),
        ("x" * 300_000, "longer than 262144 characters"),
    ],
)
def test_more_than_anybody_reads(templates: Path, body: str, message: str) -> None:
    """Limits of a template's own size."""
    with pytest.raises(ValueError, match=f"^template 'made', body.txt: {message}$"):
        named(templates, body_txt=body)


def test_a_folder_for_no_language(templates: Path) -> None:
    """Texts where nobody would ever find them are told; a folder of anything else is left alone."""
    (templates / "made" / "My pictures").mkdir(parents=True)
    assert named(templates, body_txt="a")

    with pytest.raises(ValueError, match="^template 'made': no language is called 'Deutsch!'; de or de_AT is one$"):
        named(templates, **{"Deutsch!__body_txt": "a"})


@pytest.mark.parametrize("copy", ["de.bak", "de@old", "de copy", "de;x", "de,1", "de_AT.UTF-8", " de"])
def test_a_copy_of_a_folder_is_no_language(templates: Path, copy: str) -> None:
    """Old texts that were put aside are told, and never sent in place of the current ones."""
    with pytest.raises(ValueError, match=f"^template 'made': no language is called '{copy}'; de or de_AT is one$"):
        named(templates, body_txt="a", de__body_txt="current", **{f"{copy}__body_txt": "old"})


def test_two_folders_for_one_language(templates: Path) -> None:
    """Nobody could say which is meant."""
    with pytest.raises(ValueError, match="^template 'made': two folders are for the language de_at; remove one$"):
        named(templates, body_txt="a", **{f"{folder}/body.txt": folder for folder in ("de-AT", "de_AT")})


GROWING = "{% set x = user %}" + "{% set x = STEP %}" * 50 + "{{ x | length }}"
MUCH = {"user": "Kim", "ua_string": "a," * 100_000, "serial": "\u0161" * 20_000 + ",a"}


@pytest.mark.parametrize(
    "body",
    [
        GROWING.replace("STEP", "x ~ x"),
        GROWING.replace("STEP", "x + x"),
        GROWING.replace("STEP", "x | replace('K', x)"),
        GROWING.replace("STEP", "x | list | join(x)"),
        GROWING.replace("STEP", "x | indent(9999, true)"),
        GROWING.replace("user", "[1, 2]").replace("STEP", "x + x"),
        GROWING.replace("user", "9").replace("STEP", "x * x"),
        "{{ 'x' * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ user | indent(1000000000) }}",
        "{{ ua_string | replace('a', ua_string) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in ua_string %}{% for b in ua_string %}{% endfor %}{% endfor %}",
        "{% for a in range(30000) %}{% for b in range(30000) if b == a %}{% endfor %}{% endfor %}",
        "{% for a in range(20000) %}{{ ua_string }}{% endfor %}",
        "{% for a in range(20000) %}{% if 'b' in ua_string %}{% endif %}{% endfor %}",
        "{% for a in range(20000) %}{% if ua_string is upper %}{% endif %}{% endfor %}",
        "{% for a in range(20000) %}{% set b = ua_string[1:] %}{% endfor %}",
        "{% for a in range(20000) %}{% set b = ua_string.count('b') %}{% endfor %}",
        "{% for a in range(20000) %}{% set b = ua_string | length %}{% endfor %}",
        "{% set x = ua_string.split(',') %}{% for a in range(20000) %}{% if 'b' in x %}{% endif %}{% endfor %}",
        "{% for a in range(2000) %}" + "{% if user %}{% endif %}" * 1_000 + "{% endfor %}",
        "{% for a in user | int %}{% endfor %}",
        "{{ ua_string.strip(serial) }}",
        "{{ ua_string | trim(serial) }}",
        "{{ ua_string | select('in', serial | list) | list }}",
        "{{ ua_string | reject('in', serial | list) | first }}",
        "{% set l = serial | list %}{% for c in ua_string[:3000] %}{% if c is in(l) %}{% endif %}{% endfor %}",
        "{% set l = serial | list %}{% for c in ua_string[:3000] %}{% if c is eq(b=l) %}{% endif %}{% endfor %}",
        "{% for c in ua_string[:3000] %}{% if c in range(100000) %}{% endif %}{% endfor %}",
        "{% set d = "
        + str({f"k{n}": 1 for n in range(9_000)})
        + " %}{% for c in ua_string[:3000] %}{% if c in d.values() %}"
        "{% endif %}{% endfor %}",
        "{{ range(1000000000) | list }}",
    ],
)
def test_no_template_runs_away(templates: Path, body: str) -> None:
    """Whatever grows or goes on for long is stopped soon, and the error quotes no value."""
    template = named(templates, body_txt=body)
    began = time.process_time()

    with pytest.raises(ValueError, match="^the (template fails for this event|text is longer)") as caught:
        template.render(MUCH, Reader(), TIME)

    assert time.process_time() - began < 5
    assert "Kim" not in str(caught.value)


@pytest.mark.parametrize(
    "body", ["{{ moment.when }}", "{{ moment['reader'] }}", "{{ user['format'] }}", "{{ user.x }}"]
)
def test_nothing_is_within_reach(templates: Path, body: str) -> None:
    """A moment has no attributes, a text has the methods listed."""
    with pytest.raises(ValueError, match=r"^the template fails for this event \((Security|Undefined)Error\)$"):
        named(templates, body_txt=body).render({"user": "Kim"}, Reader(), TIME)


def test_a_filter_for_moments(templates: Path) -> None:
    """A tag is a text already: it can't be written in another way."""
    with pytest.raises(ValueError, match="^the template fails for this event: the filter date is for `moment` alone$"):
        named(templates, body_txt="{{ time | date }}").render({"time": "16:22"}, Reader(), TIME)


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
    composer = Composer({}, RealmDirectory(config), read_templates(templates), "", "Europe/Berlin")
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
    (templates / "plain").mkdir()
    (templates / "plain" / "body.txt").write_text("Hello {{ username }}")
    composer = Composer({}, Silent(), read_templates(templates), "", "UTC")  # type: ignore[arg-type]
    options = {"emailconfig": "m", "template": "plain"}
    owner = TokenOwner("kim", "sales", email="kim@x.de")

    action = composer.compile(HandlerDefinition("n", ("token_init",), "sendmail", options=options))

    assert [m.body for m in action.compose(event(tokenowner=owner)).messages] == ["Hello kim"]

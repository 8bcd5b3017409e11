"""Whatever a template says and an event holds: a text, or a ValueError, and soon."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.compose.language import KINDS, LENGTHS, Moment, Reader, check_pattern, reader_of
from notifier.compose.plaintext import plain_text
from notifier.compose.tags import BODY_NAMES
from notifier.compose.templates import Named, load_template
from notifier.definitions.files import read_templates

#: Pieces that templates are made of, so that some of what is tried goes deep.
PIECES = st.sampled_from(
    """{{ }} {% %} {{user}} {{serial}} user serial moment | ~ + * - ( ) [ ] { } , . : = == in is not and or if else 1 9
    'a' {%if user%} {%else%} {%endif%} {%for x in serial%} {%for x in range(9)%} {%endfor%} {%set y=serial%} x y
    {%set x=x~x%} |upper |lower |join(y) |join |replace('a',y) |indent(99) |list |map('upper') |select |first |length
    |default('-') |int |sort |truncate(9) |escape |reverse |title |urlencode |unique |wordcount |date |time('full')
    |datetime('d.M.') .split(',') .get(1) ['a'] [1:] <b> <a href="{{url}}"> </a> & " ' {# #} {%raw%} {%endraw%}
    loop.index range(99) \\n""".split()
) | st.text(max_size=3)
TEMPLATES = st.lists(PIECES, max_size=25).map("".join)
EXPRESSIONS = """
user|serial ~ user|serial + user|serial | join('<')|user | escape | reverse|serial | replace('a', user)|'<'|moment
(user | escape)[1:]|user | escape | replace('&lt;', '<')|user | forceescape | upper|user | truncate(5)|user | urlencode
[user, serial] | join(user)|user | list|(user | escape) ~ serial | title|{user: serial}[user] | default('<')
(user | escape).split('&') | join('<')|user | indent('<')|serial | map('escape') | list|user | default('<') | e | first
"""
WELL_FORMED = st.lists(
    st.sampled_from([f"{{{{ {one.strip()} }}}}" for one in re.split(r"(?<! )\|(?! )|\n", EXPRESSIONS.strip())]),
    max_size=6,
).map("".join)
VALUE = st.text(max_size=20) | st.sampled_from(["<b>", "a,b", "&lt;", "\"'"])
VALUES = st.fixed_dictionaries({"user": VALUE, "serial": VALUE, "url": VALUE})
LOCALES = st.text(max_size=12) | st.sampled_from(["de", "de_AT.UTF-8", "en", "ar_EG", "zh-Hant-TW", "C", "fa"])
ZONES = st.text(max_size=12) | st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "America/St_Johns", "Europe", "UTC"])
READERS = st.builds(reader_of, LOCALES, ZONES, st.just(ZoneInfo("UTC")))
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=OFFSETS)
MARKUP = st.lists(
    st.sampled_from(
        """<p> </p> <a> <a|href='x'> <a|href=> </a> <table> <tr> <td|colspan=9> <ul> <li> <ol|start=x> <pre> <img|alt=a>
        <style> <!-- --> <![CDATA[ <?xml &amp; &#0; &#xD800; <div|style='margin:9em;x'> <br> <head> <script> < > \x00
        """.split()
    ).map(lambda piece: piece.replace("|", " "))
    | st.text(max_size=5),
    max_size=40,
).map("".join)
QUICK = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def template(**parts: str) -> Named:
    """A template of these parts: ``html`` or ``txt``."""
    with TemporaryDirectory() as home:
        (Path(home) / "made").mkdir()
        for kind, text in parts.items():
            (Path(home) / "made" / f"body.{kind}").write_text(text, encoding="utf-8", errors="replace", newline="")
        return load_template(read_templates(Path(home)), "made", BODY_NAMES)


@QUICK
@given(TEMPLATES, VALUES, READERS, MOMENTS)
def test_any_template(body: str, values: dict[str, str], reader: Reader, moment: datetime) -> None:
    """It is refused in one line when it is read, or when it is written, or there is a text."""
    try:
        wording = template(html=body, txt=body).render(values, reader, moment)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert wording.mimetype == "html"


@QUICK
@given(WELL_FORMED, VALUES, READERS, MOMENTS)
def test_no_value_becomes_html(body: str, values: dict[str, str], reader: Reader, moment: datetime) -> None:
    """Whatever filters a value goes through, it opens no tag, and closes no attribute."""
    try:
        wording = template(html=body).render(values, reader, moment)
    except ValueError:
        return
    assert not set("<>\"'") & set(wording.body)


@QUICK
@given(MARKUP)
def test_any_html_has_a_text(markup: str) -> None:
    """No HTML is too broken to be read."""
    text = plain_text(markup)

    assert not text or text.endswith("\n")


@QUICK
@given(LOCALES, ZONES, MOMENTS, st.sampled_from(KINDS), st.sampled_from(LENGTHS))
def test_any_reader_at_any_time(locale: str, zone: str, moment: datetime, kind: str, length: str) -> None:
    """Every moment is written for everybody."""
    assert Moment(moment, reader_of(locale, zone, ZoneInfo("Europe/Berlin"))).written(kind, length)


@QUICK
@given(
    st.sampled_from(["date", "time", "datetime"]),
    st.text("GyYQMLwWdDFEecahHKkmsSAzZvVXx'., :") | st.text(),
    READERS,
    MOMENTS,
)
def test_any_pattern(kind: str, pattern: str, reader: Reader, moment: datetime) -> None:
    """It is refused when it is read or when it is written, by a line that holds nothing of the event; or it is good."""
    try:
        check_pattern(kind, pattern)
        Moment(moment, reader).written(kind, pattern)
    except ValueError as error:
        assert str(error).isprintable()

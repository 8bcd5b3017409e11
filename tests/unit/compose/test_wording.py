from __future__ import annotations

import pytest
from composing import CORNELIUS, SENDER, agent, answer, caller, compiled, compose, event, only, render

from notifier.compose import defaults
from notifier.compose.action import one_line
from notifier.compose.formatter import compile_template
from notifier.errors import ComposeError
from notifier.model import Message, Request, TokenOwner

AGENT = event(request=agent("<b>agent</b>"))


def test_21_45_defaults() -> None:
    """Cases 21 and 45: without subject and body ours are used, with the tags the old ones had."""
    message = only(compose(compiled(subject="", body=""), event(logged_in_user=caller("root"))))

    assert message.subject
    assert all(word in message.body for word in ("Cornelius", "root", "OATH123456", "https://pi.example.com"))
    names = ("user", "admin", "realm", "action", "serial", "url")
    assert compile_template(defaults.SUBJECT, names).tags <= set(names)
    assert compile_template(defaults.BODY, names).tags <= set(names)


def test_38_registration_code() -> None:
    """Case 38: the registration code of the answer is told."""
    assert render("your {registrationcode}", event(response=answer(registrationcode="12345678"))) == "your 12345678"


def test_39_plain_is_raw() -> None:
    """Case 39: a plain mail says what the client said."""
    message = only(compose(compiled(body="{ua_string}"), AGENT))

    assert (message.mimetype, message.body) == ("plain", "<b>agent</b>")


@pytest.mark.parametrize("mimetype", ["html", "HTML"])
def test_40_html_is_escaped(mimetype: str) -> None:
    """Case 40: in HTML every value is escaped, whatever characters it has."""
    owner = TokenOwner("kim", email="kim@x.de", givenname='Jürgen "O\'Neil" & <i>')
    message = only(compose(compiled(body="<p>{ua_string} {user}", mimetype=mimetype), event(
        request=AGENT.facts.request, tokenowner=owner)))  # fmt: skip

    assert message.mimetype == "html"
    assert message.body == "<p>&lt;b&gt;agent&lt;/b&gt; Jürgen &quot;O&#x27;Neil&quot; &amp; &lt;i&gt;"


def test_41_data_uri() -> None:
    """Case 41: a data URI arrives in HTML as it was."""
    image = "data:image/png;base64,iVBORw0KGgo+/A=="

    body = render("<img src='{googleurl_img}' />", event(response=answer(googleurl={"img": image})), mimetype="html")

    assert body == f"<img src='{image}' />"


def test_42_subject_is_not_html() -> None:
    """Case 42, decided otherwise by section 10: a subject is a text, so nothing in it is escaped."""
    assert only(compose(compiled(subject="{ua_string}", mimetype="html"), AGENT)).subject == "<b>agent</b>"


@pytest.mark.parametrize("option", ["subject", "body"])
def test_43_unknown_tag(option: str) -> None:
    """Case 43: found when the definition is read; an event that meets it nevertheless is an error, not a message."""
    action = compiled(**{option: "{serail}"})
    message = "unknown tag {serail}; did you mean {serial}?"

    assert action.errors == ((f"options.{option}", message),)
    with pytest.raises(ComposeError) as caught:
        action.compose(event())
    assert (caught.value.reason, caught.value.detail) == ("definition_error", f"options.{option}: {message}")


def test_all_errors_at_once() -> None:
    """Whatever is wrong with a definition is told together, each at its place."""
    action = compiled(To="x", reply_to="y", subject="{", body="{a}", mimetype="pdf", template="z")

    assert sorted(place.removeprefix("options.") for place, _ in action.errors) == [
        "To", "body", "mimetype", "reply_to", "subject", "template",
    ]  # fmt: skip


def test_unknown_action() -> None:
    """An action that doesn't exist is told with those that do."""
    assert compiled("sendfax").errors == (("action", "unknown action 'sendfax'; one of sendmail, sendsms, savefile"),)


def test_sender_of_the_server() -> None:
    """The sender is that of the mail server; a server that isn't known yet has none."""
    assert only(compose(compiled())).sender == SENDER
    assert only(compose(compiled(emailconfig="later"))).sender == ""
    assert only(compose(compiled(emailconfig="later"))).provider == "later"


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("a b", "a b"),
        ("a  b", "a  b"),
        ("a\nb", "a b"),
        ("a \r\n\t b", "a b"),
        ("a\r\nBcc: all@x.de\n", "a Bcc: all@x.de"),
        ("a\u2028b\x85c\x00d\x0be", "a b c d e"),
        ("\u00a0ö", "ö"),
    ],
)
def test_one_line(subject: str, line: str) -> None:
    """No line break of a template or a fact reaches a header; other blanks stay."""
    assert one_line(subject) == line


def test_subject_of_a_fact_with_line_breaks() -> None:
    """A user agent can't add a header."""
    assert only(compose(compiled(subject="{ua_string}"), event(request=agent("a\r\nBcc: b")))).subject == "a Bcc: b"


def test_each_recipient_by_name() -> None:
    """{recipient_givenname} is the name of whom the message goes to."""
    action = compiled(
        To="admin realm", To_admin_realm="helpdesk", subject="{serial}", body="Dear {recipient_givenname}"
    )

    assert [(m.to, m.body) for m in compose(action).messages] == [
        (("dora@desk.de",), "Dear Dora"),
        (("frida@desk.de",), "Dear Frida"),
    ]


def test_internal_admin_by_name() -> None:
    """An internal admin has no other name than the login."""
    assert render("{recipient_givenname}", To="internal admin", To_internal_admin="admin") == "admin"


def test_a_common_text_is_rendered_once() -> None:
    """Recipients who get the same text share it."""
    first, second = compose(compiled(To="email", To_email="a@x.de,b@x.de", body="{serial} {time}")).messages

    assert first.body is second.body


def test_47_container() -> None:
    """Case 47: URL, picture and serial of a container in an HTML mail."""
    url = {"value": "pia://x?a=1&b", "img": "data:image/png;base64,iVBORw0KGgo="}
    what = event(response=answer({"container_url": url}), request=Request(container_serial="SMPH1"))
    body = "{container_serial} {container_url_value} {container_url_img}"

    message = only(compose(compiled(body=body, mimetype="html", attach_qrcode="1"), what))

    assert message.body == "SMPH1 pia://x?a=1&amp;b data:image/png;base64,iVBORw0KGgo="
    assert message.attachments[0].data == b"\x89PNG\r\n\x1a\n"


def test_identity_of_a_message() -> None:
    """The same event gives the same message, so planning twice is sending once."""
    action = compiled(body="{serial} {time} {user}")

    assert compose(action) == compose(action)
    assert isinstance(only(compose(action)), Message)
    assert CORNELIUS.givenname in only(compose(action)).body


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"subject": "{ua_string}"}, "the subject has 1,048,576 characters; at most 2,000 are sent"),
        ({"body": "{ua_string}!"}, "the body has 1,048,577 characters; at most 1,048,576 are sent"),
    ],
)
def test_a_value_gone_wild(options: dict[str, str], detail: str) -> None:
    """A value of a megabyte is no notice: it is refused with its size, whatever it holds."""
    with pytest.raises(ComposeError) as caught:
        compose(compiled(**options), event(request=agent("x" * (1 << 20))))

    assert (caught.value.reason, caught.value.detail) == ("too_large", detail)

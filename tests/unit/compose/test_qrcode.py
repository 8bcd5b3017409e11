from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from composing import answer, compiled, compose, event, only

from notifier.errors import ComposeError
from notifier.model import Attachment, Event, Request

PNG = b"\x89PNG\r\n\x1a\n"
PICTURES = tuple(PNG + name for name in (b"ABC", b"DEF", b"GHI"))
ABC, DEF, GHI = (f"data:image/png;base64,{b64encode(picture).decode()}" for picture in PICTURES)


def attached(what: Event, **options: Any) -> tuple[Attachment, ...]:
    """What travels with the mail."""
    return only(compose(compiled(**{"attach_qrcode": "True", **options}), what)).attachments


@pytest.mark.parametrize("mimetype", ["html", "plain"])
def test_49_50_google_url(mimetype: str) -> None:
    """Cases 49 and 50: the enrolment picture goes along, named after the token, in HTML and in plain mails."""
    what = event(response=answer(googleurl={"img": ABC}, serial="SomeSerial"))

    assert attached(what, mimetype=mimetype) == (Attachment("image/png", "token_image", "SomeSerial.png", PICTURES[0]),)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (answer({"container_url": {"img": GHI}}, googleurl={"img": ABC}, pushurl={"img": DEF}), [PICTURES[0]]),
        (answer({"container_url": {"img": GHI}}, googleurl={"img": ""}, pushurl={"img": DEF}), [PICTURES[1]]),
        (answer({"container_url": {"img": GHI}}, googleurl=None), [PICTURES[2]]),
        (answer(value=True), []),
        (answer({"container_url": "x"}, googleurl="x", pushurl=[1]), []),
        (None, []),
    ],
)
def test_the_first_picture(response: Any, expected: list[bytes]) -> None:
    """The first picture of googleurl, pushurl and container_url is taken; none makes an ordinary mail."""
    assert [attachment.data for attachment in attached(event(response=response))] == expected


@pytest.mark.parametrize("switch", ["", "0", "False", "no"])
def test_not_asked_for(switch: str) -> None:
    """Without the option nothing is attached."""
    assert attached(event(response=answer(googleurl={"img": ABC})), attach_qrcode=switch) == ()


@pytest.mark.parametrize("switch", ["1", "True", "true", "TRUE"])
def test_asked_for(switch: str) -> None:
    """The spellings of yes that the system taken over knows."""
    assert attached(event(response=answer(googleurl={"img": ABC})), attach_qrcode=switch)


@pytest.mark.parametrize(
    "image",
    ["https://x/qr.png", "data:text/html;base64,QUJD", "data:image/png;base64,Q!", "data:image/png;base64,ö", {"a": 1},
     "data:image/png;base64,QUJD", "data:image/x-tiff;base64,QUJD", "data:image/jpeg;base64," + ABC[22:],
     "data:image/png\r\nX: y;base64,QUJD"],
)  # fmt: skip
def test_no_picture_in_it(image: Any) -> None:
    """What isn't a picture is an error of this message, and isn't shown."""
    with pytest.raises(ComposeError) as caught:
        compose(compiled(attach_qrcode="1"), event(response=answer(googleurl={"img": image})))

    assert caught.value.reason == "qrcode_invalid"
    assert caught.value.detail.startswith("the QR code in the event is no")


@pytest.mark.parametrize(
    ("serial", "filename"),
    [("A,B", "A,B.png"), ('a"\r\nb/../c', "a_b_.._c.png"), ("ö", "_.png"), ("x" * 500, "x" * 100 + ".png")],
)
def test_filename(serial: str, filename: str) -> None:
    """A serial that can't be a file's name is made one."""
    what = event(request=Request(serial=serial), response=answer(googleurl={"img": ABC}))

    assert attached(what)[0].filename == filename

"""What the tests of these pages share: a contact to begin with, and the text of an answer."""

import re

from django.http import HttpResponse

from tests.cast import Cast
from tradewind.audience import contacts
from tradewind.audience.models import Contact


def person(cast: Cast, email: str = "anna@acme.de", **values: str) -> Contact:
    saved = contacts.create(cast.workspace, {"email": email, **values})
    assert isinstance(saved, contacts.Saved), saved
    return saved.contact


def text(response: object) -> str:
    assert isinstance(response, HttpResponse)
    return re.sub(r"\s+", " ", response.content.decode())


def body(response: object) -> str:
    return b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

"""A composed message: headers, signatures, determinism."""

import email
import email.policy
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.delivery.samples import brief
from tests.delivery.test_dkim import verifies
from tradewind.delivery.compile.parts import CannotCompose
from tradewind.delivery.compose import Composed, Composer
from tradewind.delivery.smtp.commands import check_line_ends
from tradewind.ledger import tokens

AT = datetime.now(UTC)
BASE = "https://click.sender.test"
ANNA: dict[str, object] = {
    "first_name": "Anna",
    "full_name": "Anna Größmann",
    "company": "Nordlicht GmbH",
    "country": "DE",
    "custom": {},
}


def composed(values: Mapping[str, object] = ANNA, /, **changes: object) -> Composed:
    return Composer(brief(**changes), BASE).compose(77, "anna@nordlicht.test", values, AT)


@cache
def composer() -> Composer:
    """One for many messages, as a worker has it."""
    return Composer(brief(), BASE)


@cache
def usual_headers() -> list[str]:
    return list(parsed(composed().message).keys())


def parsed(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=email.policy.default)


def test_headers_of_a_bulk_message() -> None:
    made = composed()
    message = parsed(made.message)
    assert message["From"] == "Li Wei <li.wei@sender.test>"
    assert message["To"].addresses[0].display_name == "Anna Größmann"
    assert message["Subject"] == "News for Nordlicht GmbH" == made.subject
    assert parsedate_to_datetime(message["Date"]) == AT.replace(microsecond=0)
    token, _, domain = message["Message-ID"].strip("<>").partition("@")
    assert tokens.read_id(token) == 77 and domain == "sender.test"
    page, mail = re.findall("<([^>]+)>", message["List-Unsubscribe"])
    assert page == tokens.unsubscribe_url(BASE, 77) and mail.startswith("mailto:u+")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<nordlicht.sender.test>"
    assert 5 <= len(message["Feedback-ID"].split(":")[3]) <= 15
    local, _, host = made.envelope.sender.partition("@")
    assert tokens.read_verp(local.removeprefix("b+")) == 77 and host == "bounces.sender.test"
    assert made.envelope.recipient == "anna@nordlicht.test"


def test_every_header_of_ours_is_signed() -> None:
    made = composed()
    message = parsed(made.message)
    signed = re.search(r"h=([^;]+);", message["DKIM-Signature"])
    assert signed is not None
    names = [name.strip() for name in signed[1].lower().split(":")]
    for name in set(message.keys()) - {"DKIM-Signature"}:
        assert names.count(name.lower()) == 2, name


def test_a_message_to_one_person_has_no_list_headers() -> None:
    message = parsed(composed(kind="transactional").message)
    assert not [name for name in message.keys() if name.startswith("List-")]  # noqa: SIM118


def test_same_inputs_same_bytes_and_digest() -> None:
    assert composed() == composed()
    assert composed() != composed(ANNA | {"first_name": "Bea"})


def test_links_are_ours_and_name_their_rows() -> None:
    _, rich = parsed(composed(ANNA | {"country": "FR"}).message).iter_parts()
    html = rich.get_content()
    found = [tokens.read_click(token) for token in re.findall(r"/t/c/([a-z2-7]+)", html)]
    assert found == [(77, 1), (77, 2), (77, 3)]
    pixel = re.search(r"/t/o/([a-z2-7]+)\.gif", html)
    assert pixel is not None and tokens.read_open(pixel[1]) == 77
    assert f'href="{tokens.unsubscribe_url(BASE, 77)}"' in html
    assert "mailto:x@y.test" in html


NASTY = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "a\r\nBcc: x@evil.test",
            "\r\n.\r\nMAIL FROM:<x@evil.test>",
            "\0",
            "{{ email }}",
            "<script>",
            "王" * 60,
        ]
    ),
)


@given(st.fixed_dictionaries({"first_name": NASTY, "full_name": NASTY, "company": NASTY, "country": NASTY}))
def test_nothing_in_a_contact_changes_the_shape_of_a_message(values: Mapping[str, object]) -> None:
    made = composer().compose(77, "anna@nordlicht.test", values, AT)
    check_line_ends(made.message)
    message = parsed(made.message)
    assert list(message.keys()) == usual_headers()
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert not message.defects and not [d for part in message.walk() for d in part.defects]
    assert max(len(line) for line in made.message.split(b"\r\n")) <= 78
    assert verifies(made.message) == [True, True]


@pytest.mark.parametrize(
    "changes",
    [
        {"from_email": "no address"},
        {"subject": "{% if %}"},
        {"keys": ()},
        {"reply_to": "a@b\r\nBcc: c@d.test"},
    ],
)
def test_what_cannot_be_composed_says_so(changes: dict[str, object]) -> None:
    if "keys" in changes:
        assert b"DKIM-Signature" not in composed(**changes).message
        return
    with pytest.raises(CannotCompose):
        composed(**changes)

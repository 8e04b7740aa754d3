"""Header fields survive the standard library's reading, and nothing in a value can make another field."""

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.delivery.dkim import relaxed_header
from tradewind.delivery.headers import UnsafeHeaderError, date, header, mailbox, one_line, unstructured

NAMES = st.one_of(
    st.text(max_size=150),
    st.sampled_from(["", "Wang, \"Li\" <x@y.test>", "王小明" * 20, "👩‍👩‍👧" * 12, "a" * 200,
                     "=?utf-8?q?x?=", "x\\", "O'Hara", "a\r\nBcc: evil@x.test", "Æthelred of the winding name " * 6,
                     "(c)", " . "]),
)  # fmt: skip


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw + b"\r\nbody\r\n", policy=email.policy.default)


def safe(raw: bytes) -> None:
    lines = raw.split(b"\r\n")
    assert lines.pop() == b"" and raw.isascii()
    assert all(line[:1] == b" " and line.strip() for line in lines[1:])
    assert all(len(line) <= 78 for line in lines), lines
    assert raw.count(b"\n") == raw.count(b"\r") == len(lines)


@given(NAMES)
def test_subject(text: str) -> None:
    made = unstructured("Subject", text)
    safe(made.raw)
    message = parsed(made.raw)
    assert len(message.keys()) == 1
    assert " ".join(message["Subject"].split()) == " ".join((one_line(text) or "-").split())
    assert relaxed_header(made.raw) == made


@given(NAMES)
def test_address(name: str) -> None:
    made = mailbox("To", name, "li@例子.测试")
    safe(made.raw)
    message = parsed(made.raw)
    assert len(message.keys()) == 1
    (address,) = message["To"].addresses
    assert address.addr_spec == "li@xn--fsqu00a.xn--0zwm56d"
    # The standard library's parser of phrases leaves spaces between encoded words; its older reader obeys RFC 2047.
    shown = address.display_name
    if b"=?utf-8" in made.raw:
        shown = str(make_header(decode_header(made.raw[4:].decode()))).rpartition(" <")[0]
    assert " ".join(shown.split()) == " ".join(one_line(name).split())
    assert relaxed_header(made.raw) == made


@pytest.mark.parametrize(
    "address", ["", "x", "a@b\r\nBcc: c@d", "a b@c.test", "a@b.test>", "a,b@c.test", "<a@b.test"]
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|domain"):
        mailbox("To", "Name", address)


@pytest.mark.parametrize(
    "value", ["a\r\nb", "a\nb", "a\rb", "a\x00b", "", " ", "a\r\n b\r\n\r\n c", "\u2028", "a  b"]
)
def test_values_that_could_end_a_field(value: str) -> None:
    with pytest.raises(UnsafeHeaderError):
        header("X-Test", value)


@pytest.mark.parametrize("name", ["", "A B", "A:B", "A\r\nB", "Ä", "1a"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(UnsafeHeaderError):
        header(name, "x")


def test_emoji_are_never_cut_in_two() -> None:
    made = unstructured("Subject", "👩🏽‍🚀" * 30)
    for word in made.raw.split(b"\r\n ")[1:]:
        assert email.message_from_bytes(b"Subject: " + word + b"\r\n\r\n", policy=email.policy.default)[
            "Subject"
        ]
        assert b"\xef\xbf\xbd" not in word


def test_readable_where_possible() -> None:
    assert unstructured("Subject", "Hello there").raw == b"Subject: Hello there\r\n"
    assert mailbox("From", "Li Wei", "li@a.test").raw == b"From: Li Wei <li@a.test>\r\n"
    assert mailbox("From", "Wei, Li", "li@a.test").raw == b'From: "Wei, Li" <li@a.test>\r\n'
    assert (
        unstructured("Subject", "Gute Größe heute hier in Ulm").raw
        == b"Subject: =?utf-8?q?Gute_Gr=C3=B6=C3=9Fe_heute_hier_in_Ulm?=\r\n"
    )
    assert unstructured("Subject", "").raw == b"Subject: -\r\n"


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
def test_dates(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC, microsecond=0)
    assert parsedate_to_datetime(date(at)) == at

"""Signatures verify with dkimpy, an independent implementation, also over odd messages."""

import base64
from datetime import UTC, datetime
from functools import cache

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from tests.delivery import nacl_shim
from tests.delivery.samples import ed25519_pem, rsa_pem
from tradewind.delivery.dkim import BadKeyError, DkimKey, load_key, relaxed_body, sign_message

dkimpy.nacl = nacl_shim.shim
NOW = datetime.now(UTC)


@cache
def keys() -> list[DkimKey]:
    """Read once: checking an RSA key takes much longer than signing with it."""
    return [load_key("sender.test", "r", rsa_pem()), load_key("sender.test", "e", ed25519_pem())]


@cache
def dns(name: bytes, timeout: int = 5) -> bytes:
    """The published halves of the sample keys."""
    kind, pem = ("rsa", rsa_pem()) if name.startswith((b"r.", b"tw1.")) else ("ed25519", ed25519_pem())
    public = serialization.load_pem_private_key(pem.encode(), None).public_key()
    if kind == "rsa":
        form, encoding = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding.DER
    else:
        form, encoding = serialization.PublicFormat.Raw, serialization.Encoding.Raw
    return f"v=DKIM1; k={kind}; p={base64.b64encode(public.public_bytes(encoding, form)).decode()}".encode()


def verifies(message: bytes) -> list[bool]:
    """Whether the RSA and the Ed25519 signature verify."""
    found = []
    for n in (0, 1):
        try:
            found.append(bool(dkimpy.DKIM(message).verify(idx=n, dnsfunc=dns)))
        except dkimpy.ValidationError:
            found.append(False)
    return found


MESSAGE = (
    b"From: Li <li@sender.test>\r\nTo: x@y.test\r\nSubject:  a \t b\r\n\tfolded \r\nDate: x\r\n"
    b"Message-ID: <1@sender.test>\r\n\r\nhello  \t world \r\n\r\n.dot\r\n\r\n\r\n"
)


def test_both_signatures_verify() -> None:
    assert verifies(sign_message(keys(), MESSAGE, NOW)) == [True, True]


@given(
    st.lists(
        st.sampled_from([b"a", b" ", b"\t", b"\r\n", b".", b"=", b"\xe4\xbd\xa0", b"x" * 90]), max_size=40
    ),
    st.lists(st.sampled_from([b"v", b" ", b"\t", b"\r\n ", b"\r\n\t", b":", b";"]), max_size=12),
)
def test_fuzzed_messages_verify(body: list[bytes], value: list[bytes]) -> None:
    subject = b"s" + b"".join(value) + b"e"
    message = (
        b"From: a@sender.test\r\nX-One: 1\r\nX-One: 2\r\nSubject:" + subject + b"\r\n\r\n" + b"".join(body)
    )
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    assert verifies(sign_message(keys(), message, NOW)) == [True, True]


@pytest.mark.parametrize(
    "change",
    [
        (b"hello", b"hullo"),
        (b"Subject:", b"Subject: other\r\nSubject:"),
        (b"\r\n\r\nhello", b"\r\nList-Unsubscribe: <https://evil.test>\r\n\r\nhello"),
        (b"\r\n\r\nhello", b"\r\nCc: y@z.test\r\n\r\nhello"),
        (b".dot\r\n", b".dot\r\nmore\r\n"),
    ],
)
def test_changes_and_additions_break_it(change: tuple[bytes, bytes]) -> None:
    signed = sign_message(keys(), MESSAGE, NOW)
    assert change[0] in signed
    assert verifies(signed.replace(*change)) == [False, False]


def test_what_the_field_says() -> None:
    field = sign_message(keys(), MESSAGE, NOW).partition(b"From:")[0].decode()
    assert "c=relaxed/relaxed" in field and " l=" not in field
    assert f"t={int(NOW.timestamp())}; x={int(NOW.timestamp()) + 7 * 86400};" in field
    lists = [part.partition(";")[0] for part in field.split(" h=")[1:]]
    assert [names.split(":").count("from") for names in lists] == [2, 2]
    assert max(len(line) for line in field.split("\r\n")) <= 78


@pytest.mark.parametrize(
    "pem", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"]
)
def test_bad_keys_are_named(pem: str) -> None:
    with pytest.raises(BadKeyError, match=r"tw1\._domainkey\.sender\.test"):
        load_key("sender.test", "tw1", pem)


def test_relaxed_body_examples_of_rfc_6376() -> None:
    assert relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"
    assert relaxed_body(b"\r\n\r\n") == b"" and relaxed_body(b"") == b""

"""DKIM signatures (RFC 6376, RFC 8301, RFC 8463): relaxed/relaxed, no `l=`, oversigned, short-lived.

Oversigning (naming a field once more than it occurs) makes a copy with an added Subject, To or
List-Unsubscribe fail, which is what stops a replay of one signed message under another face.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from tradewind.delivery.headers import Header

LIFETIME = 7 * 24 * 3600
"""Seconds until a signature expires (`x=`): longer than any queue holds mail, short against replays."""

OVERSIGNED = (
    "From", "To", "Cc", "Subject", "Date", "Reply-To", "Sender", "Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "In-Reply-To", "References", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Feedback-ID", "CFBL-Address", "CFBL-Feedback-ID",
)  # fmt: skip

_SPACE = re.compile(rb"[ \t]+")
_SPACE_AT_END = re.compile(rb"[ \t]+(?=\r\n|\Z)")
_HASH = Prehashed(SHA256())
_PADDING = PKCS1v15()


class Algorithm(StrEnum):
    RSA = "rsa"
    ED25519 = "ed25519"


class BadKeyError(ValueError):
    """A DKIM key that cannot be used: not a private key, the wrong kind, or shorter than 1024 bits."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key and where its public half is published: `selector._domainkey.domain`."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """The value of `a=`."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, digest: bytes) -> bytes:
        """The signature over a SHA-256 digest."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, _PADDING, _HASH)
        return self.private.sign(digest)  # RFC 8463 3: PureEdDSA over the SHA-256 digest


def load_key(domain: str, selector: str, pem: str) -> DkimKey:
    """The key from PEM. Raises `BadKeyError`."""
    try:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise BadKeyError(f"DKIM key {selector}._domainkey.{domain} cannot be read: {error}") from error
    if isinstance(private, Ed25519PrivateKey):
        return DkimKey(domain, selector, private)
    if isinstance(private, RSAPrivateKey) and private.key_size >= 1024:
        return DkimKey(domain, selector, private)
    raise BadKeyError(
        f"DKIM key {selector}._domainkey.{domain} is neither RSA of 1024 bits or more nor Ed25519"
    )


class Signer:
    """Signs messages that share some headers, which are hashed once."""

    def __init__(
        self, keys: Sequence[DkimKey], shared: Sequence[Header] = (), *, lifetime: int = LIFETIME
    ) -> None:
        """`shared` are the headers that are the same in every message; `sign` is given the others."""
        self._keys = tuple(keys)
        self._lifetime = lifetime
        self._shared_names = [item.name for item in shared]
        self._base = hashlib.sha256(b"".join(item.relaxed for item in shared))
        self._lists: dict[tuple[str, ...], str] = {}

    def sign(self, headers: Sequence[Header], body: bytes, at: datetime) -> bytes:
        """The DKIM-Signature fields, one per key, to be put before the message's headers.

        `headers` are the remaining ones, no name twice. `body` must be in relaxed form already: see
        `relaxed_body` for bodies that are not made by `compile`.
        """
        if not self._keys:
            return b""
        names = self._signed_names(tuple(item.name for item in headers))
        digest = self._base.copy()
        digest.update(b"".join([item.relaxed for item in headers]))
        body_hash = base64.b64encode(hashlib.sha256(body).digest()).decode()
        now = int(at.timestamp())
        return b"".join([self._field(key, names, body_hash, now, digest.copy()) for key in self._keys])

    def _signed_names(self, names: tuple[str, ...]) -> str:
        """The value of `h=`, folded: the headers in the order of hashing, then the oversigned names."""
        known = self._lists.get(names)
        if known is None:
            known = _folded_list([*self._shared_names, *names, *OVERSIGNED])
            self._lists[names] = known
        return known

    def _field(self, key: DkimKey, names: str, body_hash: str, now: int, digest: "hashlib._Hash") -> bytes:
        field = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed; d={key.domain};\r\n"
            f" s={key.selector}; t={now}; x={now + self._lifetime};\r\n"
            f" h={names};\r\n"
            f" bh={body_hash};\r\n"
            f" b="
        )
        digest.update(("dkim-signature:" + field[16:].replace("\r\n", "")).encode("ascii"))
        signature = base64.b64encode(key.sign(digest.digest())).decode()
        lines = [signature[n : n + 72] for n in range(0, len(signature), 72)]
        return (field + "\r\n ".join(lines) + "\r\n").encode("ascii")


def _folded_list(names: Sequence[str]) -> str:
    lines, current = [], ""
    for name in names:
        if len(current) + len(name) > 68:
            lines.append(current)
            current = ""
        current += f"{name.lower()}:"
    return "\r\n ".join([*lines, current]).removesuffix(":")


def sign_message(keys: Sequence[DkimKey], message: bytes, at: datetime) -> bytes:
    """Any complete message with CRLF line ends, signed. For messages that were not compiled here."""
    head, _, body = message.partition(b"\r\n\r\n")
    fields = [relaxed_header(raw) for raw in re.split(rb"\r\n(?![ \t])", head)]
    # Verifiers take equal names from the last upwards (RFC 6376 5.4.2).
    return Signer(keys).sign(fields[::-1], relaxed_body(body), at) + message


def relaxed_header(raw: bytes) -> Header:
    """A raw field, without or with its CRLF, in both forms (RFC 6376 3.4.2)."""
    raw = raw.removesuffix(b"\r\n")
    name, _, value = raw.partition(b":")
    flat = _SPACE.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    plain = name.strip(b" \t")
    return Header(plain.decode("ascii", "replace"), raw + b"\r\n", plain.lower() + b":" + flat + b"\r\n")


def relaxed_body(body: bytes) -> bytes:
    """The body as DKIM hashes it (RFC 6376 3.4.4)."""
    body = _SPACE.sub(b" ", _SPACE_AT_END.sub(b"", body))
    body = body.rstrip(b"\r\n") if body.endswith(b"\r\n\r\n") or body == b"\r\n" else body
    return body if not body or body.endswith(b"\r\n") else body + b"\r\n"

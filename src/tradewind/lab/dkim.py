"""DKIM (RFC 6376, 8301, 8463) for what arrives: a small verifier that keeps public keys, fast enough for a
busy lab.
"""

import base64
import binascii
import hashlib
import re
import time
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tradewind.lab.zones import Zones

Header = tuple[bytes, bytes]
"""Name as it came, and everything after the colon up to, not including, the last CRLF."""
_SPACES = re.compile(rb"[ \t]+")
_B_TAG = re.compile(rb"(^|;)([ \t\r\n]*b[ \t\r\n]*=)[^;]*")


@dataclass(frozen=True)
class Signature:
    """One signature of a message and what came of it: pass, fail, permerror or temperror, with the reason."""

    domain: str
    selector: str
    result: str
    reason: str
    signed: tuple[str, ...]


def split(message: bytes) -> tuple[list[Header], bytes]:
    """Header fields in order and the body. Continuation lines stay inside their field."""
    head, _, body = message.partition(b"\r\n\r\n")
    fields: list[Header] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + b"\r\n" + line)
        elif b":" in line:
            name, _, value = line.partition(b":")
            fields.append((name, value))
    return fields, body


class Verifier:
    """Verifies all signatures of a message; keeps keys until the zones change."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._keys: dict[str, RSAPublicKey | Ed25519PublicKey | str] = {}
        self._version = -1

    def verify(self, fields: list[Header], body: bytes) -> list[Signature]:
        """One entry for each DKIM-Signature field (the first five), in order."""
        signatures = [value for name, value in fields if name.strip().lower() == b"dkim-signature"]
        bodies: dict[tuple[str, str], bytes] = {}
        return [self._one(value, fields, body, bodies) for value in signatures[:5]]

    def _one(
        self, value: bytes, fields: list[Header], body: bytes, bodies: dict[tuple[str, str], bytes]
    ) -> Signature:
        tags = _tags(value)
        signed = tuple(name.strip().lower() for name in tags.get("h", "").split(":"))
        domain, selector = tags.get("d", "").lower(), tags.get("s", "").lower()

        def outcome(result: str, reason: str = "") -> Signature:
            return Signature(domain, selector, result, reason, signed)

        problem = _malformed(tags, signed)
        if problem:
            return outcome("permerror", problem)
        header_way, _, body_way = tags.get("c", "simple/simple").partition("/")
        algorithm = tags["a"].lower()
        key = self._key(f"{selector}._domainkey.{domain}")
        if isinstance(key, str):
            return outcome("permerror", key)
        body_key = (body_way or "simple", tags.get("l", ""))
        if body_key not in bodies:
            bodies[body_key] = _body_hash(body, *body_key)
        if _base64(tags["bh"]) != bodies[body_key]:
            return outcome("fail", "body hash does not match")
        data = _signed_data(value, fields, signed, header_way)
        return (
            outcome("pass")
            if _holds(key, algorithm, _base64(tags["b"]), data)
            else outcome("fail", "bad signature")
        )

    def _key(self, name: str) -> RSAPublicKey | Ed25519PublicKey | str:
        if self._version != self._zones.version:
            self._keys.clear()
            self._version = self._zones.version
        if name not in self._keys:
            self._keys[name] = _load_key(self._zones.texts(name))
        return self._keys[name]


def _load_key(texts: list[str]) -> RSAPublicKey | Ed25519PublicKey | str:
    if not texts:
        return "no key record"
    tags = _tags(texts[0].encode())
    data = _base64(tags.get("p", ""))
    if not data:
        return "key is revoked"
    try:
        if tags.get("k", "rsa") == "ed25519":
            return Ed25519PublicKey.from_public_bytes(data)
        key = load_der_public_key(data)
    except ValueError:
        return "key cannot be read"
    if not isinstance(key, RSAPublicKey):
        return "key is of another kind"
    return key if key.key_size >= 1024 else "key is shorter than 1024 bits"


def _holds(key: RSAPublicKey | Ed25519PublicKey, algorithm: str, signature: bytes, data: bytes) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey) and algorithm == "ed25519-sha256":
            key.verify(signature, hashlib.sha256(data).digest())
            return True
        if isinstance(key, RSAPublicKey) and algorithm == "rsa-sha256":
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            return True
    except InvalidSignature:
        return False
    return False


def _malformed(tags: dict[str, str], signed: tuple[str, ...]) -> str:
    missing = [name for name in ("a", "b", "bh", "d", "h", "s") if not tags.get(name)]
    if tags.get("v") != "1" or missing:
        return "required tags are missing: " + ", ".join(missing or ["v"])
    if "from" not in signed:
        return "From is not signed"
    if tags.get("x", "").isdigit() and int(tags["x"]) < time.time():
        return "signature has expired"
    ways = tags.get("c", "simple/simple").split("/")
    return "" if all(way in ("simple", "relaxed") for way in ways) else "unknown canonicalization"


def _tags(value: bytes) -> dict[str, str]:
    text = value.decode("utf-8", "replace")
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip(): re.sub(r"\s+", "", tag) for name, _, tag in pairs}


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _body_hash(body: bytes, way: str, length: str) -> bytes:
    if way == "relaxed":
        lines = [_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
        body = b"\r\n".join(lines)
    body = body.rstrip(b"\r\n") if way == "relaxed" else _drop_empty_lines(body)
    if body or way == "simple":
        body += b"\r\n"
    if length.isdigit():
        body = body[: int(length)]
    return hashlib.sha256(body).digest()


def _drop_empty_lines(body: bytes) -> bytes:
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body


def _canonical(name: bytes, value: bytes, way: str) -> bytes:
    if way == "simple":
        return name + b":" + value
    value = _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.strip().lower() + b":" + value


def _signed_data(signature: bytes, fields: list[Header], signed: tuple[str, ...], way: str) -> bytes:
    left: dict[str, list[Header]] = {}
    for field in fields:
        left.setdefault(field[0].strip().lower().decode("latin-1"), []).append(field)
    lines = []
    for name in signed:
        # From the bottom upwards (RFC 6376 5.4.2); a name listed more often than it occurs signs its absence.
        if left.get(name):
            lines.append(_canonical(*left[name].pop(), way) + b"\r\n")
    own_name = next(name for name, value in fields if value is signature or value == signature)
    emptied = _B_TAG.sub(rb"\1\2", signature)
    return b"".join(lines) + _canonical(own_name, emptied, way)

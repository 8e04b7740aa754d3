"""Encryption of stored secrets, and tokens that only we can make.

Every key is derived from the secret key by HKDF-SHA256 (RFC 5869), one per use. Former secret keys
(TRADEWIND_OLD_SECRET_KEYS) still decrypt and verify; only the current one encrypts and signs.
"""

import base64
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = "tw1"
NONCE_BYTES = 12
TAG_BYTES = 10
LONGEST_TOKEN = 256


class DecryptError(Exception):
    """A stored secret cannot be read: another secret key wrote it, or it was changed."""


def encrypt(value: bytes | str) -> str:
    """`tw1.<key id>.<base64url of nonce and AES-256-GCM text>`; another one at each call."""
    plain = value.encode() if isinstance(value, str) else value
    key, key_id = _cipher_key(settings.SECRET_KEY)
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, plain, f"{VERSION}.{key_id}".encode())
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"


def decrypt(token: str) -> bytes:
    """What `encrypt` was given, as bytes. Raises `DecryptError`."""
    version, _, rest = token.partition(".")
    key_id, _, body = rest.partition(".")
    keys = {known_id: key for key, known_id in map(_cipher_key, _secrets())}
    if version != VERSION or key_id not in keys:
        raise DecryptError(
            "This value was encrypted with another secret key. Put the former key in "
            "TRADEWIND_OLD_SECRET_KEYS, or enter the value anew."
        )
    try:
        sealed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return AESGCM(keys[key_id]).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{VERSION}.{key_id}".encode()
        )
    except (ValueError, InvalidTag):
        raise DecryptError("This encrypted value was changed after it was stored. Enter it anew.") from None


def decrypt_text(token: str) -> str:
    """What `encrypt` was given, as text. Raises `DecryptError`."""
    return decrypt(token).decode()


def seal(purpose: str, *numbers: int) -> str:
    """A token for numbers (0 or more each) that `unseal` of the same purpose reads back; nobody without the
    key can make one (80 bits).

    Lower-case letters and digits 2 to 7 only (base32, RFC 4648), so it survives mail servers that change the
    case of a local part; about 26 characters for one id.
    """
    payload = b"".join(map(_varint, numbers))
    return _base32(payload + _tag(settings.SECRET_KEY, purpose, payload))


def unseal(purpose: str, token: str) -> tuple[int, ...] | None:
    """The numbers in a token of `seal`, in whatever case it came back; None for every other text."""
    raw = _unbase32(token)
    if raw is None or len(raw) < TAG_BYTES:
        return None
    payload, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
    for secret in _secrets():
        if hmac.compare_digest(tag, _tag(secret, purpose, payload)):
            return _numbers(payload)
    return None


def _secrets() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


@lru_cache(maxsize=64)
def _derived(secret: str, use: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"tradewind", info=use.encode()).derive(secret.encode())


def _cipher_key(secret: str) -> tuple[bytes, str]:
    key = _derived(secret, "encrypt")
    return key, hashlib.sha256(key).hexdigest()[:8]


def _tag(secret: str, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(_derived(secret, f"seal:{purpose}"), payload, "sha256")[:TAG_BYTES]


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _unbase32(text: str) -> bytes | None:
    """Only the one spelling that `_base32` gives (but for case) is accepted, so that a token has no second
    form."""
    if len(text) > LONGEST_TOKEN or not text.isascii():
        return None
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None
    return raw if _base32(raw) == text.lower() else None


def _varint(number: int) -> bytes:
    if number < 0:
        raise ValueError(f"a token carries numbers from 0, not {number}")
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _numbers(payload: bytes) -> tuple[int, ...]:
    numbers, number, shift = [], 0, 0
    for byte in payload:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return tuple(numbers)

"""DKIM keys (RFC 6376, RFC 8301): made here, published by the owner of the domain."""

import base64
import re

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tradewind.core import clock
from tradewind.senders.models import DkimKey, SendingDomain

BITS = 2048  # what signing costs and providers advise; 4096 does not fit many DNS panels


def make_key(domain: SendingDomain, selector: str = "") -> DkimKey:
    """A new active RSA key, saved. Without `selector`: one that names the month ("tw202611")."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return DkimKey.objects.create(
        domain=domain,
        selector=selector or _free_selector(domain),
        algorithm=DkimKey.Algorithm.RSA,
        private_pem=pem.decode("ascii"),
        public_key=base64.b64encode(public).decode("ascii"),
    )


def _free_selector(domain: SendingDomain) -> str:
    base = clock.now().strftime("tw%Y%m")
    taken = set(domain.dkim_keys.values_list("selector", flat=True))
    return next(name for name in (base, *(f"{base}-{n}" for n in range(2, 1000))) if name not in taken)


def record_name(key: DkimKey) -> str:
    return f"{key.selector}._domainkey.{key.domain.name}"


def record_value(key: DkimKey) -> str:
    return f"v=DKIM1; k={key.algorithm}; p={key.public_key}"


def tags(record: str) -> dict[str, str] | None:
    """The tag list of a DKIM or DMARC record (RFC 6376 §3.2), white space removed; None if it is none."""
    found: dict[str, str] = {}
    for part in record.strip().strip(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name in found:
            return None
        found[name] = re.sub(r"\s+", " ", value).strip()
    return found


def published_key(record: str) -> str | None:
    """The p= of a key record without white space ("" is a revoked key); None if this is no key record."""
    read = tags(record)
    if read is None or "p" not in read or read.get("v", "DKIM1") != "DKIM1":
        return None
    return read["p"].replace(" ", "")

"""The lab's own certificate authority: one CA, one server certificate for all MX hosts, made anew for each
state folder.
"""

import datetime
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def server_context(folder: Path, hosts: Iterable[str]) -> ssl.SSLContext:
    """A context whose certificate names all hosts; the CA is written to ``lab-ca.pem`` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("Tradewind laboratory CA", authority_key, None, None, [])
    key = ec.generate_private_key(ec.SECP256R1())
    # With a wildcard for each parent the hosts of companies that come later are covered too.
    names = sorted({name for host in hosts for name in (host, "*." + host.partition(".")[2])})[:2000]
    leaf = _certificate("Tradewind laboratory", key, authority, authority_key, names)
    pem = serialization.Encoding.PEM
    (folder / "lab-ca.pem").write_bytes(authority.public_bytes(pem))
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    server = folder / "lab-server.pem"
    server.touch(mode=0o600)
    server.write_bytes(plain + leaf.public_bytes(pem) + authority.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    return context


def _certificate(
    title: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey | None,
    hosts: list[str],
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    for extension, critical in _extensions(key, issuer_key, hosts):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key or key, hashes.SHA256())


def _extensions(
    key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey | None, hosts: list[str]
) -> Iterator[tuple[x509.ExtensionType, bool]]:
    """What RFC 5280 4.2.1 wants of each kind, and whether it is critical; Python checks that from 3.13 on."""
    yield x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
    if issuer_key is None:
        uses = dict.fromkeys(_USES, False) | {"key_cert_sign": True, "crl_sign": True}
        yield x509.KeyUsage(**uses), True
        return
    yield x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
    yield x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False
    if hosts:
        yield x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False

"""Trying a channel against real sockets: each trouble has its own sentence, and no secret is kept."""

import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.cast import Cast
from tradewind.lab.testing import LabProcess
from tradewind.senders import channels
from tradewind.senders.channel_words import SENTENCES
from tradewind.senders.models import Channel

PASSWORD = "s3cret-swordfish"
Security = Channel.Security


def authenticate(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=good, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A self-signed certificate for relay.example."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    file: Path = tmp_path_factory.mktemp("tls") / "relay.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


@contextmanager
def relay(**options: Any) -> Iterator[int]:
    controller = Controller(object(), hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def channel(cast: Cast) -> Channel:
    return Channel.objects.create(
        workspace=cast.workspace,
        name="Relay",
        host="127.0.0.1",
        security=Security.STARTTLS,
        verify_certificate=False,
    )


def tried(channel: Channel, port: int, **fields: Any) -> channels.TestResult:
    channel.port = port
    for name, value in fields.items():
        setattr(channel, name, value)
    return channels.test(channel)


def test_it_works_and_keeps_no_secret(channel: Channel, certificate: ssl.SSLContext) -> None:
    with relay(
        tls_context=certificate, authenticator=authenticate, auth_required=True, require_starttls=True
    ) as port:
        result = tried(channel, port, username="anna", password=PASSWORD)
    assert (result.ok, result.code) == (True, "works"), result
    said = [line for who, line in result.dialogue if who == ">"]
    assert [line.split()[0].upper() for line in said] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]
    channel.refresh_from_db()
    stored = str(channel.last_test)
    assert channel.last_test is not None
    assert channel.last_test["ok"] is True
    for secret in (
        PASSWORD,
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.b64encode(f"\0anna\0{PASSWORD}".encode()).decode(),
    ):
        assert secret not in stored


def test_wrong_password(channel: Channel, certificate: ssl.SSLContext) -> None:
    with relay(tls_context=certificate, authenticator=authenticate) as port:
        result = tried(channel, port, username="anna", password="wrong-password")
    assert (result.ok, result.code) == (False, "wrong_password"), result.dialogue
    assert "535" in result.sentence
    assert base64.b64encode(b"wrong-password").decode() not in str(result.dialogue)


def test_certificate_not_trusted(channel: Channel, certificate: ssl.SSLContext) -> None:
    with relay(tls_context=certificate) as port:
        assert tried(channel, port, verify_certificate=True).code == "bad_certificate"


def test_no_starttls(channel: Channel) -> None:
    with relay() as port:
        assert tried(channel, port).code == "no_starttls"
        assert tried(channel, port, security=Security.NONE).ok


def test_no_login_offered(channel: Channel) -> None:
    with relay() as port:
        assert tried(channel, port, security=Security.NONE, username="a", password="b").code == "no_login"


def test_tls_from_the_first_byte(channel: Channel, certificate: ssl.SSLContext) -> None:
    with relay(ssl_context=certificate) as port:
        assert tried(channel, port, security=Security.TLS).ok
    with relay() as port:
        assert tried(channel, port, security=Security.TLS).code == "no_tls"


def test_closed_port(channel: Channel) -> None:
    result = tried(channel, free_port())
    assert (result.ok, result.code) == (False, "port_closed")
    assert "127.0.0.1" in result.sentence


def test_a_server_that_says_nothing(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(channels, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert tried(channel, server.getsockname()[1]).code == "timed_out"


@pytest.mark.parametrize(
    ("greeting", "code"),
    [(b"554 go away\r\n", "not_greeted"), (b"", "hung_up"), (b"HTTP/1.1 400 Bad\r\n\r\n", "hung_up")],
)
def test_a_server_of_another_kind(channel: Channel, greeting: bytes, code: str) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(greeting)

        thread = threading.Thread(target=answer)
        thread.start()
        found = tried(channel, server.getsockname()[1]).code
        thread.join(5)
    assert found in (code, "not_greeted"), found


def test_a_password_never_travels_in_clear(channel: Channel, lab: LabProcess) -> None:
    lab.publish([{"name": "relay.clear.example", "type": "A", "data": "127.0.0.1"}])
    with relay() as port:
        result = tried(
            channel, port, host="relay.clear.example", security=Security.NONE, username="a", password=PASSWORD
        )
    assert result.code == "password_in_clear"
    assert "AUTH" not in str(result.dialogue)


def test_directly_to_a_provider(channel: Channel, lab: LabProcess) -> None:
    direct = {
        "kind": Channel.Kind.DIRECT,
        "security": Security.OPPORTUNISTIC,
        "ehlo_name": "mail.tradewind-lab.example",
    }
    result = tried(channel, lab.smtp_port, **direct)
    assert (result.ok, result.code) == (True, "works"), result.dialogue
    assert any("gmail-smtp-in.l.google.com" in line for _, line in result.dialogue)


def test_dns_troubles(channel: Channel, lab: LabProcess) -> None:
    channel.kind = Channel.Kind.DIRECT
    lab.dns_mode("quiet.example", "servfail")
    assert channels.try_out(channel, "quiet.example").code == "dns_silent"
    assert channels.try_out(channel, "no.such.example").code == "no_mx"
    channel.kind, channel.host = Channel.Kind.RELAY, "no.such.host.example"
    assert channels.try_out(channel).code == "no_host"


def test_every_code_has_a_sentence() -> None:
    for code in SENTENCES:
        assert channels.say(code, "host")

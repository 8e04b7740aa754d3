"""Trying a channel: connect, greet, encrypt, log in, and say in one sentence what went wrong."""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from django.utils.translation import gettext as _

from tradewind.core import clock, dns
from tradewind.core.dns import Status
from tradewind.senders.channel_words import SENTENCES
from tradewind.senders.models import Channel

TIMEOUT = 10.0  # seconds for every step; a server that needs longer to greet will not carry a campaign either

Line = tuple[str, str]  # ">" we said, "<" the server said, "!" happened


@dataclass(frozen=True, slots=True)
class TestResult:
    """`code` is a key of `channel_words.SENTENCES`; `sentence` is it in the reader's language."""

    ok: bool
    code: str
    detail: str = ""
    dialogue: list[Line] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        return say(self.code, self.detail)


def say(code: str, detail: str = "") -> str:
    return str(SENTENCES[code]) % {"detail": detail} if code in SENTENCES else detail


def test(channel: Channel, domain: str = "gmail.com") -> TestResult:  # noqa: PT028
    """Try the channel and store the result. Nothing is sent. `domain`: whose server a direct channel is
    tried with."""
    result = try_out(channel, domain)
    channel.last_test = {
        "at": clock.now().isoformat(),
        "ok": result.ok,
        "code": result.code,
        "detail": result.detail,
        "sentence": result.sentence,
        "dialogue": [list(line) for line in result.dialogue],
    }
    channel.save(update_fields=["last_test"])
    return result


test.__test__ = False  # type: ignore[attr-defined]  # pytest would take the name for a test


def try_out(channel: Channel, domain: str = "gmail.com") -> TestResult:
    """The same without storing."""
    talk: list[Line] = []
    try:
        for host, address in _targets(channel, domain):
            talk.append(
                ("!", _("Connecting to %(host)s, port %(port)s") % {"host": host, "port": channel.port})
            )
            return _converse(channel, host, address, talk)
    except _Trouble as trouble:
        return TestResult(False, trouble.code, trouble.detail, talk)
    return TestResult(False, "no_target", domain, talk)


class _Trouble(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def _targets(channel: Channel, domain: str) -> list[tuple[str, str]]:
    """Host names and addresses to try, the first is enough."""
    if channel.kind == Channel.Kind.RELAY:
        return [(channel.host, _address(channel.host))]
    answer = dns.ask(domain, "MX")
    if not answer.known:
        raise _Trouble("dns_silent", domain)
    hosts = [mx.host for mx in dns.mail_exchangers(answer) if mx.host]
    if not hosts:
        raise _Trouble("no_mx", domain)
    return [(hosts[0], _address(hosts[0]))]


def _address(host: str) -> str:
    """The IP address of a host: what stands there, what our DNS says, what this machine knows
    (/etc/hosts)."""
    with suppress(ValueError):
        return str(ip_address(host))
    answer = dns.ask(host, "A")
    if answer.status is Status.FOUND:
        return answer.values[0]
    with suppress(OSError):
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    raise _Trouble("no_host" if answer.known else "dns_silent", host)


class _Recorder:
    """Notes what is said, and never a secret."""

    def __init__(self, talk: list[Line]) -> None:
        self._talk, self._secret = talk, False

    def said(self, line: str) -> None:
        if line.upper().startswith("AUTH "):
            self._secret = True
            line = " ".join(line.split()[:2]) + " ***"
        elif self._secret:
            line = "***"
        self._talk.append((">", line[:500]))

    def heard(self, code: int, text: bytes) -> None:
        if code != 334:  # 334: the log-in goes on
            self._secret = False
        self._talk.append(("<", f"{code} {text.decode('utf-8', 'replace')}"[:500]))


class _Mixin:
    """Puts a recorder into smtplib's two narrow places, and connects to an address under a host's name."""

    recorder: _Recorder
    address: str

    def putcmd(self, cmd: str, args: str = "") -> None:
        self.recorder.said(f"{cmd} {args}".strip())
        super().putcmd(cmd, args)  # type: ignore[misc]

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()  # type: ignore[misc]
        self.recorder.heard(code, text)
        return code, text


class _Plain(_Mixin, smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self.address, port), timeout, self.source_address)


class _Wrapped(_Mixin, smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self.address, port), timeout, self.source_address)
        return self.context.wrap_socket(plain, server_hostname=host)


def _client(channel: Channel, address: str, talk: list[Line]) -> smtplib.SMTP:
    source = (channel.source_ip, 0) if channel.source_ip else None
    options: dict[str, Any] = {
        "local_hostname": channel.ehlo_name or None,
        "timeout": TIMEOUT,
        "source_address": source,
    }
    client: _Plain | _Wrapped
    if channel.security == Channel.Security.TLS:
        client = _Wrapped(context=_context(channel), **options)
    else:
        client = _Plain(**options)
    client.recorder, client.address = _Recorder(talk), address
    return client


def _context(channel: Channel) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not channel.verify_certificate or channel.security == Channel.Security.OPPORTUNISTIC:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _converse(channel: Channel, host: str, address: str, talk: list[Line]) -> TestResult:
    client = _client(channel, address, talk)
    try:
        _greet(client, channel, host)
        _encrypt(client, channel)
        _log_in(client, channel)
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
    except _Trouble as trouble:
        return TestResult(False, trouble.code, trouble.detail, talk)
    except (smtplib.SMTPException, OSError) as error:
        code, detail = _reason(error, channel, host)
        return TestResult(False, code, detail, talk)
    finally:
        client.close()
    return TestResult(True, "works", host, talk)


def _greet(client: smtplib.SMTP, channel: Channel, host: str) -> None:
    client._host = host  # type: ignore[attr-defined]  # the name that STARTTLS verifies
    code, text = client.connect(host, channel.port)
    if code != 220:
        raise _Trouble("not_greeted", f"{code} {text.decode('utf-8', 'replace')}")
    code, text = client.ehlo()
    if code != 250:
        raise _Trouble("ehlo_refused", f"{code} {text.decode('utf-8', 'replace')}")


def _encrypt(client: smtplib.SMTP, channel: Channel) -> None:
    security = channel.security
    if security not in (Channel.Security.STARTTLS, Channel.Security.OPPORTUNISTIC):
        return
    if not client.has_extn("starttls"):
        if security == Channel.Security.STARTTLS:
            raise _Trouble("no_starttls", channel.host)
        return
    code, text = client.starttls(context=_context(channel))
    if code != 220:
        raise _Trouble("no_starttls", f"{code} {text.decode('utf-8', 'replace')}")
    client.ehlo()


def _log_in(client: smtplib.SMTP, channel: Channel) -> None:
    if channel.kind == Channel.Kind.DIRECT or not channel.username:
        return
    if channel.security == Channel.Security.NONE and not _is_loopback(channel.host):
        raise _Trouble("password_in_clear", channel.host)
    if not client.has_extn("auth"):
        raise _Trouble("no_login", channel.host)
    client.login(channel.username, channel.password)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _reason(error: Exception, channel: Channel, host: str) -> tuple[str, str]:
    """The code of SENTENCES and its detail for what smtplib and the socket raise."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        text = (
            error.smtp_error.decode("utf-8", "replace")
            if isinstance(error.smtp_error, bytes)
            else error.smtp_error
        )
        return "wrong_password", f"{error.smtp_code} {text}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "bad_certificate", error.verify_message or str(error)
    if isinstance(error, ssl.SSLError):
        return ("no_tls" if channel.security == Channel.Security.TLS else "tls_failed"), error.reason or str(
            error
        )
    if isinstance(error, ConnectionRefusedError):
        return "port_closed", f"{host}:{channel.port}"
    if isinstance(error, TimeoutError) or "timed out" in str(error):  # smtplib wraps a time-out while reading
        return "timed_out", f"{host}:{channel.port}"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "hung_up", f"{host}:{channel.port}"
    if isinstance(error, smtplib.SMTPException):
        return "refused", str(error)
    return "unreachable", f"{host}:{channel.port} ({error.strerror or error})" if isinstance(
        error, OSError
    ) else ""

"""The other side of the lab in tests: an exporter with a domain, DKIM keys, a mail and a web server."""

import base64
import email
import email.policy
import functools
import itertools
import smtplib
import socket
import ssl
import threading
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dkim
from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tradewind.lab.testing import LabProcess

DOMAIN = "teamaker.test"
_numbers = itertools.count(1)

Hit = tuple[str, str, str, str, str]
"""Method, path, source address, agent, body."""


@functools.cache
def keys() -> tuple[bytes, str]:
    """A private key in PEM and the TXT record of its public half; one pair for all tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()


def records(policy: str = "reject") -> list[dict[str, object]]:
    """What the exporter publishes."""
    return [
        {"name": f"s1._domainkey.{DOMAIN}", "type": "TXT", "data": keys()[1]},
        {"name": f"bounce.{DOMAIN}", "type": "TXT", "data": "v=spf1 ip4:127.0.0.1 -all"},
        {"name": f"_dmarc.{DOMAIN}", "type": "TXT", "data": f"v=DMARC1; p={policy}"},
        {"name": f"bounce.{DOMAIN}", "type": "MX", "data": f"10 mail.{DOMAIN}."},
        {"name": DOMAIN, "type": "MX", "data": f"10 mail.{DOMAIN}."},
        {"name": f"mail.{DOMAIN}", "type": "A", "data": "127.0.0.1"},
        {"name": f"links.{DOMAIN}", "type": "A", "data": "127.0.0.1"},
        {"name": "1.0.0.127.in-addr.arpa", "type": "PTR", "data": f"mail.{DOMAIN}."},
    ]


class Inbound:
    """The exporter's mail server: keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[str, list[str], EmailMessage]] = []
        self.refuse_first = 0
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuse_first > 0:
            self.refuse_first -= 1
            return "451 4.3.0 not now"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        sender = (envelope.mail_from or "").replace("<>", "")
        self.got.append((sender, list(envelope.rcpt_tos), message))
        return "250 2.0.0 kept"

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


class Web:
    """The exporter's web server: pixel, links, an unsubscribe page; writes down every request."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        hits = self.hits

        class Handler(BaseHTTPRequestHandler):
            def _note(self, method: str, body: str) -> None:
                agent = self.headers.get("User-Agent", "")
                hits.append((method, self.path, self.client_address[0], agent, body))

            def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self._note("GET", self.path)
                if self.path.startswith("/t/c/"):
                    self._answer(302, Location="https://www.teamaker.test/catalogue")
                elif self.path.startswith("/u/"):
                    form = (
                        b"<form method=post><input type=hidden name=sure value=yes><button>Go</button></form>"
                    )
                    self._answer(200, form)
                else:
                    self._answer(200, b"GIF89a")

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                self._note("POST", self.rfile.read(length).decode())
                self._answer(200)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Exporter:
    """Writes and sends letters into the lab."""

    def __init__(self, lab: LabProcess, inbound: Inbound, web: Web) -> None:
        self.lab = lab
        self.inbound = inbound
        self.web = web

    def letter(self, to: str, number: int, subject: str = "New teas for spring", bulk: bool = True) -> bytes:
        base = f"http://links.{DOMAIN}:{self.web.port}"
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = f"Mei <mei@{DOMAIN}>"
        message["To"] = to
        message["Subject"] = subject
        message["Message-ID"] = f"<m{number}@{DOMAIN}>"
        message["Date"] = "Mon, 05 Jan 2026 10:00:00 +0000"
        if bulk:
            goodbye = f"<{base}/u/{number}>, <mailto:u+{number}@bounce.{DOMAIN}?subject=unsubscribe>"
            message["List-Unsubscribe"] = goodbye
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(f"Hello,\nthe new teas are here: {base}/t/c/{number}-1\n")
        message.add_alternative(
            f'<p>Hello, <a href="{base}/t/c/{number}-1">the new teas</a> and '
            f'<a href="{base}/t/c/{number}-2">prices</a>. <a href="{base}/u/{number}">Unsubscribe</a></p>'
            f'<img src="{base}/t/o/{number}.gif">',
            subtype="html",
        )
        return bytes(message)

    def signed(self, raw: bytes, **options: Any) -> bytes:
        names = [b"from", b"to", b"subject", b"message-id", b"date"]
        names += [b"list-unsubscribe", b"list-unsubscribe-post"] if b"List-Unsubscribe:" in raw else []
        signature = dkim.sign(
            raw, b"s1", DOMAIN.encode(), keys()[0], include_headers=options.pop("headers", names), **options
        )
        return bytes(signature) + raw

    def connect(self, address: str, tls: bool = True) -> smtplib.SMTP:
        """A session with the MX of an address, after EHLO and perhaps STARTTLS with the lab's CA."""
        known = self.lab.person(address)
        client = smtplib.SMTP(known["mx_address"], self.lab.smtp_port, f"mail.{DOMAIN}", timeout=10)
        client.ehlo()
        if tls and client.has_extn("starttls"):
            context = ssl.create_default_context(cafile=self.lab.info["ca"])
            context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python does by itself from 3.13 on
            context.check_hostname = False
            client.starttls(context=context)
            client.ehlo()
        return client

    def send(
        self, to: str, signed: bool = True, number: int | None = None, **how: Any
    ) -> tuple[int, tuple[int, bytes]]:
        """Send one letter; its number and the last reply of the server."""
        number = next(_numbers) if number is None else number
        raw = self.letter(to, number, **how)
        raw = self.signed(raw) if signed else raw
        client = self.connect(to)
        try:
            sender = f"b+{number}@bounce.{DOMAIN}"
            for reply in (client.mail(sender), client.rcpt(to)):
                if reply[0] != 250:
                    return number, reply
            return number, client.data(raw)
        finally:
            client.close()

    def row(self, to: str, number: int) -> dict[str, Any]:
        """The lab's row of a letter."""
        rows = [r for r in self.lab.rows(recipient=to) if r["return_path"] == f"b+{number}@bounce.{DOMAIN}"]
        assert len(rows) == 1
        return rows[0]

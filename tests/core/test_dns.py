"""The resolver, asked of a real server on loopback: each way a question can end is another value."""

import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from pytest_django import Settings

from tradewind.core import dns as resolver
from tradewind.core.dns import Mx, Status
from tradewind.core.env import EnvError

RECORDS = {
    ("good.example.", "MX"): ["20 b.good.example.", "10 A.good.example."],
    ("good.example.", "TXT"): ['"v=spf1 " "-all"'],
    ("null.example.", "MX"): ["0 ."],
    ("1.0.0.127.in-addr.arpa.", "PTR"): ["Mail.good.example."],
}
NAMES = {name for name, _ in RECORDS}


def _reply(query: dns.message.Message) -> dns.message.Message | None:
    question = query.question[0]
    name, kind = question.name.to_text(), question.rdtype.name
    if name == "silent.example.":
        return None
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA | dns.flags.RA
    if name == "broken.example.":
        response.set_rcode(dns.rcode.SERVFAIL)
    elif (name, kind) in RECORDS:
        response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *RECORDS[name, kind]))
    elif name not in NAMES:
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response


@pytest.fixture(autouse=True)
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            data, peer = sock.recvfrom(4096)
            if data == b"end":
                return
            response = _reply(dns.message.from_wire(data))
            if response is not None:
                sock.sendto(response.to_wire(), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    port = sock.getsockname()[1]
    settings.DNS_SERVERS = [f"127.0.0.1:{port}"]
    monkeypatch.setattr(resolver, "TIMEOUT", 0.2)
    monkeypatch.setattr(resolver, "LIFETIME", 0.5)
    yield
    sock.sendto(b"end", ("127.0.0.1", port))
    thread.join()
    sock.close()


def test_found_in_order_of_preference() -> None:
    answer = resolver.ask("good.example", "MX")
    assert answer.status is Status.FOUND
    assert answer.ttl == 60
    assert resolver.mail_exchangers(answer) == [Mx(10, "a.good.example"), Mx(20, "b.good.example")]


def test_texts_are_joined() -> None:
    assert resolver.ask("good.example", "TXT").values == ("v=spf1 -all",)


def test_null_mx() -> None:
    assert resolver.mail_exchangers(resolver.ask("null.example", "MX")) == [Mx(0, "")]


def test_reverse() -> None:
    assert resolver.ask(resolver.reverse_name("127.0.0.1"), "PTR").values == ("mail.good.example",)


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("good.example", "AAAA", Status.NO_DATA),
        ("none.example", "MX", Status.NXDOMAIN),
        ("broken.example", "MX", Status.ERROR),
        ("silent.example", "MX", Status.ERROR),
        ("x" * 64 + ".example", "MX", Status.ERROR),
        ("a..example", "MX", Status.ERROR),
    ],
)
async def test_ends_without_records(name: str, kind: str, status: Status) -> None:
    for answer in (await resolver.ask_async(name, kind), resolver.ask(name, kind)):
        assert answer.status is status
        assert answer.known is (status is not Status.ERROR)
        assert bool(answer.why) is (status is Status.ERROR)


@pytest.mark.parametrize("text", ["", "dns.example", "127.0.0.1:x", "1.2.3.4:53:53", "[::1"])
def test_servers_are_addresses(text: str) -> None:
    with pytest.raises(EnvError, match="TRADEWIND_DNS"):
        resolver.nameserver(text)


def test_servers_with_ports() -> None:
    assert str(resolver.nameserver("[::1]:5353")) == "Do53:::1@5353"
    assert str(resolver.nameserver("::1")) == "Do53:::1@53"

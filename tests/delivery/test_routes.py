"""Where mail goes: MX order, null MX, addresses that are never used, and the next server when one is down."""

import pytest

from tests.delivery.hostile import Peer, serving
from tests.delivery.samples import channel
from tradewind.core import dns
from tradewind.delivery import routes
from tradewind.delivery.opening import NotOpened, open_route
from tradewind.delivery.replies.words import Persistence
from tradewind.delivery.routes import NoRoute, Route, Router
from tradewind.delivery.smtp.errors import Phase
from tradewind.delivery.smtp.session import Session
from tradewind.delivery.smtp.values import Ending, Endpoint, Envelope, SessionOptions, Timeouts, TlsMode

ZONE = {
    ("two.test", "MX"): ("20 backup.two.test", "10 b.two.test", "10 a.two.test"),
    ("a.two.test", "A"): ("198.51.101.1",),
    ("b.two.test", "A"): ("198.51.101.2",),
    ("b.two.test", "AAAA"): ("2606:4700::2",),
    ("backup.two.test", "A"): ("198.51.101.9",),
    ("null.test", "MX"): ("0 ",),
    ("bare.test", "A"): ("198.51.101.3",),
    ("inside.test", "MX"): ("10 mx.inside.test",),
    ("mx.inside.test", "A"): ("10.0.0.1", "127.0.0.1", "192.168.1.1", "169.254.0.1", "0.0.0.0", "224.0.0.1"),
    ("mx.inside.test", "AAAA"): ("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1"),
    ("big.test", "MX"): ("10 aspmx.l.google.com",),
    ("aspmx.l.google.com", "A"): ("198.51.101.4",),
    ("empty.test", "MX"): ("10 mx.empty.test",),
}

Asked = list[tuple[str, str]]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked: Asked = []

    async def ask(name: str, kind: str = "A") -> dns.Answer:
        asked.append((name, kind))
        if name == "silent.test":
            return dns.Answer(name, kind, dns.Status.ERROR, why="No DNS server answered in time.")
        if (name, kind) in ZONE:
            return dns.Answer(name, kind, dns.Status.FOUND, ZONE[name, kind], 300)
        known = any(name == other for other, _ in ZONE)
        return dns.Answer(name, kind, dns.Status.NO_DATA if known else dns.Status.NXDOMAIN)

    monkeypatch.setattr(dns, "ask_async", ask)
    return asked


async def direct(domain: str, **changes: object) -> Route | NoRoute:
    settings = {"kind": "direct", "security": "opportunistic", "port": 25}
    return await Router(allow_loopback=False).route(channel(**settings | changes), domain)


async def reached(domain: str, **changes: object) -> Route:
    found = await direct(domain, **changes)
    assert isinstance(found, Route), found
    return found


async def test_hosts_by_preference_and_both_families(zone: Asked) -> None:
    route = await reached("two.test")
    names = [endpoint.host for endpoint in route.endpoints]
    assert names[-1] == "backup.two.test" and set(names[:3]) == {"a.two.test", "b.two.test"}
    assert Endpoint("b.two.test", "2606:4700::2", 25) in route.endpoints
    assert route.site == "a.two.test b.two.test backup.two.test"


async def test_equal_preferences_take_turns(zone: Asked) -> None:
    first = {(await reached("two.test")).endpoints[0].host for _ in range(40)}
    assert first == {"a.two.test", "b.two.test"}


async def test_a_source_address_decides_the_family(zone: Asked) -> None:
    route = await reached("two.test", source_ip="198.51.100.7")
    assert all(":" not in endpoint.address for endpoint in route.endpoints)
    assert route.options.source_address == "198.51.100.7"


@pytest.mark.parametrize(
    ("domain", "rule", "persistence"),
    [
        ("null.test", "route.null_mx", Persistence.NEVER),
        ("nowhere.test", "route.no_domain", Persistence.STOP),
        ("silent.test", "route.dns", Persistence.RETRY),
        ("empty.test", "route.no_address", Persistence.RETRY),
        ("inside.test", "route.no_address", Persistence.RETRY),
    ],
)
async def test_no_route(zone: Asked, domain: str, rule: str, persistence: Persistence) -> None:
    found = await direct(domain)
    assert isinstance(found, NoRoute)
    assert (found.meaning.rule, found.meaning.persistence) == (rule, persistence)
    assert domain in found.text


async def test_loopback_only_when_allowed_and_nothing_else_private(zone: Asked) -> None:
    found = await Router(allow_loopback=True).route(channel(kind="direct"), "inside.test")
    assert isinstance(found, Route)
    assert {endpoint.address for endpoint in found.endpoints} == {"127.0.0.1", "::1"}


async def test_a_domain_without_mx_is_its_own_server(zone: Asked) -> None:
    assert (await reached("bare.test")).endpoints == (Endpoint("bare.test", "198.51.101.3", 25),)


async def test_limits_of_the_provider(zone: Asked) -> None:
    route = await reached("big.test", max_connections=100)
    assert route.provider in ("gmail", "google_workspace")
    assert route.max_connections < 100 and route.options.tls is TlsMode.STARTTLS


async def test_answers_are_remembered(zone: Asked) -> None:
    router = Router(allow_loopback=False)
    for _ in range(3):
        await router.route(channel(kind="direct"), "bare.test")
    assert zone.count(("bare.test", "MX")) == 1


async def test_relay(zone: Asked) -> None:
    relay = channel(
        host="127.0.0.1",
        port=587,
        security="starttls",
        username="anna",
        password="x",
        verify_certificate=True,
    )
    route = await Router().route(relay, "anything.test")
    assert isinstance(route, Route)
    assert route.endpoints == (Endpoint("127.0.0.1", "127.0.0.1", 587),)
    assert route.options.credentials is not None and route.options.credentials.username == "anna"
    assert route.options.verify
    assert route.provider == routes.RELAY


async def test_relay_by_a_name_of_this_machine(zone: Asked) -> None:
    route = await Router().route(channel(host="localhost"), "anything.test")
    assert isinstance(route, Route)
    assert {endpoint.address for endpoint in route.endpoints} <= {"127.0.0.1", "::1"}


async def test_relay_that_does_not_exist(zone: Asked) -> None:
    found = await Router().route(channel(host="no-such-relay.invalid"), "anything.test")
    assert isinstance(found, NoRoute) and found.meaning.persistence is Persistence.RETRY


# failover

QUICK = Timeouts(connect=1, greeting=1, ehlo=1, mail=1, rcpt=1, data=1, dot=1, quit=0.1)


def route_to(*endpoints: Endpoint) -> Route:
    options = SessionOptions("client.test", TlsMode.NONE, timeouts=QUICK)
    return Route("site", "other", endpoints, options, 1, 10)


async def works(peer: Peer) -> None:
    await peer.hello()
    await peer.message()


async def says(peer: Peer, greeting: bytes) -> None:
    await peer.say(greeting)


CLOSED = Endpoint("closed.test", "127.0.0.1", 1)


async def test_the_next_server_after_a_closed_port_and_a_421() -> None:
    async def busy(peer: Peer) -> None:
        await peer.say(b"421 4.3.2 too busy\r\n")

    async with serving(busy) as one, serving(works) as two:
        session = await open_route(route_to(CLOSED, one.endpoint, two.endpoint))
        assert isinstance(session, Session)
        outcome = await session.send(Envelope("a@b.test", "c@d.test"), b"x\r\n")
        session.close()
    assert outcome.ending is Ending.ACCEPTED and outcome.address == "127.0.0.1"


async def test_a_block_is_not_tried_at_the_next_server() -> None:
    async def blocked(peer: Peer) -> None:
        await peer.say(b"554 5.7.1 blocked using zen.spamhaus.org\r\n")

    async with serving(blocked) as one, serving(works) as two:
        failed = await open_route(route_to(one.endpoint, two.endpoint))
    assert isinstance(failed, NotOpened) and failed.failure.error.phase is Phase.GREETING
    assert not two.peers


async def test_all_servers_down_keeps_the_whole_story() -> None:
    failed = await open_route(route_to(CLOSED, CLOSED))
    assert isinstance(failed, NotOpened)
    assert sum("connecting to" in line.text for line in failed.dialogue) == 2

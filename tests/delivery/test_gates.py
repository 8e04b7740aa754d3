"""Places for sessions: never more than allowed, in order, given up by those without work, and fewer after a 421."""

import asyncio
from collections import Counter

import pytest

from tests.delivery.samples import channel
from tradewind.delivery.gates import Gate, Gates
from tradewind.delivery.routes import RELAY, Route
from tradewind.delivery.smtp.values import Endpoint, SessionOptions, Timeouts, TlsMode
from tradewind.senders.providers import OTHER


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_never_more_than_allowed_and_in_order() -> None:
    gate = Gate(3)
    inside: Counter[str] = Counter()
    order: list[int] = []

    async def visit(n: int) -> None:
        await gate.enter()
        order.append(n)
        inside["now"] += 1
        inside["most"] = max(inside["most"], inside["now"])
        await asyncio.sleep(0.001)
        inside["now"] -= 1
        gate.leave()

    await asyncio.gather(*(visit(n) for n in range(20)))
    assert order == list(range(20)) and inside["most"] == 3 and gate.open == 0 and gate.quiet


async def test_who_rests_makes_room_and_is_asked_once() -> None:
    gate, asked = Gate(1), []
    await gate.enter()

    def dismiss() -> None:
        asked.append(1)
        gate.leave()

    gate.rest(dismiss)
    await asyncio.wait_for(gate.enter(), 1)
    assert asked == [1] and gate.open == 1


@pytest.mark.parametrize("late", [False, True])
async def test_a_place_is_not_lost_when_waiting_is_cut_off(late: bool) -> None:
    gate = Gate(1)
    await gate.enter()
    waiting = asyncio.create_task(gate.enter())
    await settled()
    if late:
        gate.leave()  # the place is given to the one who is cut off at this moment
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not late:
        gate.leave()
    await asyncio.wait_for(gate.enter(), 1)
    assert gate.open == 1


async def test_both_places_are_given_back_when_the_wider_gate_is_not_reached() -> None:
    wide = Gate(1)
    narrow = Gate(2, wide)
    await narrow.enter()
    waiting = asyncio.create_task(narrow.enter())
    await settled()
    assert (narrow.crowded, narrow.open, wide.open) == (True, 2, 1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (narrow.crowded, narrow.open, wide.open) == (False, 1, 1)
    narrow.leave()
    assert narrow.quiet and wide.quiet


async def test_a_421_leaves_as_many_as_they_took_and_trust_grows_again() -> None:
    gate = Gate(5)
    for _ in range(4):
        await gate.enter()
    assert gate.refused() and gate.limit == 3
    gate.leave()
    waiting = asyncio.create_task(gate.enter())
    await settled()
    assert not waiting.done(), "three are inside, and three is what they took"
    for _ in range(4):
        gate.welcomed()
    await asyncio.wait_for(waiting, 1)
    assert gate.limit == 4
    for _ in range(50):
        gate.welcomed()
    assert gate.limit == 5


async def test_alone_and_refused_is_a_closed_door() -> None:
    gate = Gate(5)
    await gate.enter()
    assert not gate.refused() and gate.limit == 1


def route(provider: str, address: str, site: str, most: int = 2) -> Route:
    options = SessionOptions(ehlo_name="me.test", tls=TlsMode.NONE, timeouts=Timeouts())
    return Route(site, provider, (Endpoint("mx.test", address, 25),), options, most, 100)


def test_who_shares_a_gate() -> None:
    gates, ours = Gates(), channel(max_connections=20)
    m365 = gates.of(ours, route("microsoft365", "192.0.2.1", "a"))
    assert gates.of(ours, route("microsoft365", "192.0.2.2", "b")) is m365
    small = gates.of(ours, route(OTHER, "192.0.2.1", "c"))
    assert small is gates.of(ours, route(OTHER, "192.0.2.1", "d")) is not m365
    elsewhere = gates.of(ours, route(OTHER, "192.0.2.9", "e"))
    assert elsewhere is not small and elsewhere._within is small._within
    assert gates.of(ours, route(RELAY, "192.0.2.1", "relay a")) is not gates.of(
        ours, route(RELAY, "192.0.2.1", "relay b")
    )

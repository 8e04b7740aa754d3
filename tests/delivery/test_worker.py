"""The whole engine on the real ledger, into a server that keeps books."""

import asyncio
import email
import email.policy
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from psycopg_pool import AsyncConnectionPool
from pytest_django import Settings

from tests.delivery.samples import rsa_pem
from tests.delivery.sink import Habit, Sink, sinking
from tests.delivery.test_dkim import dns as published
from tests.ledger.scene import Scene, states
from tradewind.content.models import Link
from tradewind.core.databases import conninfo
from tradewind.delivery.journal import Journal
from tradewind.delivery.routes import Router
from tradewind.delivery.worker import Worker
from tradewind.ledger import origins
from tradewind.ledger.door import Claimed
from tradewind.ledger.models import Attempt, Event, Message, Origin
from tradewind.ledger.models import Worker as WorkerRow
from tradewind.ledger.planning import plan
from tradewind.senders.models import DkimKey, Lane

ENGINE = "engine under test"
HTML = '<html><body><p>Hello {{ first_name | default: "friend" }}</p><a href="https://shop.test/a">A</a></body></html>'


@pytest.fixture
def relay(scene: Scene) -> Scene:
    """The scene, with a key and a template worth sending, through a relay."""
    DkimKey.objects.create(domain=scene.sender.domain, selector="r", private_pem=rsa_pem(), public_key="x")
    version = scene.version
    version.html, version.text, version.subject = HTML, "Hello {{ first_name }}\n", "News, {{ first_name }}"
    version.save(update_fields=["html", "text", "subject"])
    Link.objects.create(version=version, position=0, url="https://shop.test/a")
    return scene


def aim(scene: Scene, port: int) -> None:
    channel = scene.sender.channel
    channel.kind, channel.host, channel.port, channel.security = "relay", "127.0.0.1", port, "none"
    channel.max_connections = 4
    channel.save(update_fields=["kind", "host", "port", "security", "max_connections"])


def campaign(
    scene: Scene, count: int, lifetime: timedelta = timedelta(hours=1), rate: float = 20.0
) -> Origin:
    for n in range(count):
        scene.contact(f"c{n}@buyers.example", first_name=f"Anna{n}")
    origin = scene.origin(lifetime=lifetime)
    plan(origin, scene.everybody())
    Lane.objects.update(rate_per_second=rate, burst=20)
    return origin


async def working(
    folder: Path,
    until: Callable[[], bool],
    *,
    seconds: float = 15.0,
    worker_count: int = 1,
    pause: float = 0.05,
) -> None:
    """Run workers until a condition on the database holds, then stop them."""
    async with AsyncConnectionPool(
        conninfo(), min_size=1, max_size=6, open=False, kwargs={"application_name": ENGINE}
    ) as pool:
        workers = [Worker(pool, folder, router=Router(allow_loopback=True)) for _ in range(worker_count)]
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            async with asyncio.timeout(seconds):
                while not await asyncio.to_thread(until):  # noqa: ASYNC110  the database gives no event
                    await asyncio.sleep(pause)
        finally:
            for worker in workers:
                worker.stop()
            await asyncio.gather(*tasks)


def done(origin: Origin) -> Callable[[], bool]:
    return lambda: not Message.objects.filter(origin=origin, state__in=["queued", "claimed"]).exists()


def run(
    scene: Scene, folder: Path, origin: Origin, habit: Habit = lambda recipient, number: None, **options: int
) -> Sink:
    async def main() -> Sink:
        async with sinking(habit) as sink:
            await asyncio.to_thread(aim, scene, sink.port)
            await working(folder, done(origin), **options)
            return sink

    return asyncio.run(main())


def test_a_campaign_arrives_once_and_as_recorded(relay: Scene, tmp_path: Path) -> None:
    origin = campaign(relay, 60, rate=100.0)
    sink = run(relay, tmp_path, origin)
    assert states(origin) == {"accepted": 60}
    assert set(sink.accepted.values()) == {1} and len(sink.accepted) == 60
    assert sink.most_at_once <= 4
    message = Message.objects.get(origin=origin, email="c7@buyers.example")
    body = sink.bodies["c7@buyers.example"]
    assert message.digest is not None and message.values is not None
    assert hashlib.sha256(body).digest() == bytes(message.digest)
    assert message.values["first_name"] == "Anna7" and message.remote_id.startswith("Q")
    parsed = email.message_from_bytes(body, policy=email.policy.default)
    assert parsed["Subject"] == "News, Anna7"
    attempt = Attempt.objects.get(message=message)
    assert attempt.outcome == "accepted" and any("RCPT TO:<c7@" in line[2] for line in attempt.dialogue)
    assert Event.objects.filter(origin=origin, type="accepted").count() == 60
    assert not list(tmp_path.iterdir()), "a clean end leaves no journal"
    assert WorkerRow.objects.filter(stopped_at__isnull=True).count() == 0


def test_the_signature_verifies(relay: Scene, tmp_path: Path) -> None:
    import dkim

    origin = campaign(relay, 1)
    sink = run(relay, tmp_path, origin)
    (body,) = sink.bodies.values()
    assert dkim.verify(body, dnsfunc=published)


def test_each_ending_is_told_apart(relay: Scene, tmp_path: Path) -> None:
    habits = {
        "c0@buyers.example": "rcpt 550 5.1.1 user unknown",
        "c1@buyers.example": "rcpt 451 4.7.1 greylisted, try again later",
        "c2@buyers.example": "dot 554 5.7.1 looks like spam",
        "c3@buyers.example": "drop before",
        "c4@buyers.example": "drop after",
        "c5@buyers.example": "rcpt 554 5.7.1 blocked using zen.spamhaus.org",
    }
    origin = campaign(relay, 8, lifetime=timedelta(days=2))
    sink = run(relay, tmp_path, origin, lambda recipient, number: habits.get(recipient))
    found = dict(Message.objects.filter(origin=origin).values_list("email", "state"))
    assert [found[f"c{n}@buyers.example"] for n in range(8)] == [
        "refused", "deferred", "refused", "unknown", "unknown", "deferred", "accepted", "accepted",
    ]  # fmt: skip
    assert sink.accepted["c4@buyers.example"] == 1
    from tradewind.audience.models import Suppression

    assert list(Suppression.objects.values_list("value", flat=True)) == ["c0@buyers.example"]
    attempt = Attempt.objects.get(message__email="c2@buyers.example")
    assert (attempt.fault, attempt.phase, attempt.rule) == ("content", "dot", "text.spam")


def test_several_workers_send_nothing_twice(relay: Scene, tmp_path: Path) -> None:
    origin = campaign(relay, 150, rate=300.0)
    sink = run(relay, tmp_path, origin, worker_count=3)
    assert states(origin) == {"accepted": 150} and sink.accepted.total() == 150


def test_deferred_messages_are_tried_again_when_due(relay: Scene, tmp_path: Path, settings: Settings) -> None:
    settings.PACE = 3000.0
    origin = campaign(relay, 4)

    async def main() -> Sink:
        async with sinking(
            lambda recipient, number: "rcpt 450 4.2.0 greylisted" if number == 1 else None
        ) as sink:
            await asyncio.to_thread(aim, relay, sink.port)
            await working(tmp_path, lambda: states(origin) == {"accepted": 4})
            return sink

    sink = asyncio.run(main())
    assert set(sink.tries.values()) == {2}
    assert set(Message.objects.filter(origin=origin).values_list("attempts", flat=True)) == {2}


def test_a_template_that_does_not_render_skips_and_says_why(relay: Scene, tmp_path: Path) -> None:
    relay.version.html = "{{ first_name | divided_by: 0 }}"
    relay.version.save(update_fields=["html"])
    origin = campaign(relay, 2)
    sink = run(relay, tmp_path, origin)
    assert states(origin) == {"skipped": 2} and not sink.accepted
    assert set(Message.objects.filter(origin=origin).values_list("reason", flat=True)) == {"cannot_compose"}


def test_a_closed_port_defers_all_with_the_story(relay: Scene, tmp_path: Path) -> None:
    origin = campaign(relay, 30)

    async def main() -> None:
        await asyncio.to_thread(aim, relay, 1)
        await working(tmp_path, done(origin))

    asyncio.run(main())
    assert states(origin) == {"deferred": 30}
    attempt = Attempt.objects.filter(message__origin=origin)[0]
    assert attempt.phase == "connect" and "refused" in str(attempt.dialogue).lower()


def test_pause_acts_within_a_second(relay: Scene, tmp_path: Path) -> None:
    origin = campaign(relay, 300)

    async def main() -> tuple[Sink, int]:
        async with sinking() as sink:
            sink.dot_delay = 0.02
            await asyncio.to_thread(aim, relay, sink.port)
            pausing, over = asyncio.Event(), asyncio.Event()
            loop = asyncio.get_running_loop()

            def watch() -> bool:
                if sink.accepted.total() > 20 and not pausing.is_set():
                    origins.pause(origin, "test")
                    loop.call_soon_threadsafe(pausing.set)
                return over.is_set()

            task = asyncio.create_task(working(tmp_path, watch))
            await pausing.wait()
            await asyncio.sleep(1.0)
            at_pause = sink.accepted.total()
            await asyncio.sleep(0.7)
            late = sink.accepted.total() - at_pause
            over.set()
            await task
            return sink, late

    sink, late = asyncio.run(main())
    assert late == 0
    left = states(origin)
    assert left["accepted"] == sink.accepted.total() < 300 and set(left) == {"accepted", "queued"}


def test_stopping_drains_and_gives_the_rest_back(relay: Scene, tmp_path: Path) -> None:
    origin = campaign(relay, 200)

    async def main() -> Sink:
        async with sinking() as sink:
            sink.dot_delay = 0.05
            await asyncio.to_thread(aim, relay, sink.port)
            await working(tmp_path, lambda: sink.accepted.total() > 10)
            return sink

    sink = asyncio.run(main())
    left = states(origin)
    assert left["accepted"] == sink.accepted.total() and left["accepted"] + left["queued"] == 200


def test_a_silent_server_at_the_end_of_draining_is_unknown(
    relay: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradewind.delivery.life.DRAIN", 0.3)
    origin = campaign(relay, 1)

    async def main() -> None:
        async with sinking() as sink:
            sink.dot_delay = 5
            await asyncio.to_thread(aim, relay, sink.port)
            await working(tmp_path, sink.in_data.is_set)

    asyncio.run(main())
    assert states(origin) == {"unknown": 1}


def test_a_full_disk_sends_nothing_and_loses_nothing(
    relay: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Journal, messages: Sequence[Claimed]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "claimed", full)
    monkeypatch.setattr(Journal, "probe", lambda self: False)
    origin = campaign(relay, 5)

    async def main() -> Sink:
        async with sinking() as sink:
            await asyncio.to_thread(aim, relay, sink.port)
            asked = itertools.count(1)
            await working(tmp_path, lambda: next(asked) > 20)
            return sink

    sink = asyncio.run(main())
    assert states(origin) == {"queued": 5} and not sink.tries


def test_rows_of_content_refusals_hold_the_campaign(relay: Scene, tmp_path: Path) -> None:
    origin = campaign(relay, 40)

    async def main() -> None:
        async with sinking(lambda recipient, number: "dot 554 5.7.1 looks like spam") as sink:
            sink.dot_delay = 0.05
            await asyncio.to_thread(aim, relay, sink.port)
            await working(tmp_path, lambda: Origin.objects.get(pk=origin.pk).state == "held")

    asyncio.run(main())
    assert "looks like spam" in Origin.objects.get(pk=origin.pk).state_reason
    left = Counter(states(origin))
    assert left["queued"] > 0 and left["refused"] >= 5


def test_expired_while_in_hand(relay: Scene, tmp_path: Path) -> None:
    origin = campaign(relay, 3, lifetime=timedelta(seconds=0.5))

    async def main() -> None:
        async with sinking() as sink:
            sink.dot_delay = 0.8
            channel = relay.sender.channel
            await asyncio.to_thread(aim, relay, sink.port)
            channel.max_connections = 1
            await asyncio.to_thread(channel.save, update_fields=["max_connections"])
            await working(tmp_path, done(origin))

    asyncio.run(main())
    assert set(states(origin)) <= {"accepted", "expired"} and states(origin).get("expired", 0) >= 1


def test_a_database_that_comes_and_goes(relay: Scene, tmp_path: Path) -> None:
    """Every connection of the engine is cut whenever some more has arrived; nothing is lost and nothing is sent twice."""
    origin = campaign(relay, 200, rate=300.0)
    finished = done(origin)
    cuts: list[int] = []

    async def main() -> Sink:
        async with sinking() as sink:
            sink.dot_delay = 0.02

            def cut() -> bool:
                if len(cuts) < 9 and sink.accepted.total() >= 20 * len(cuts) + 5:
                    cuts.append(connections_cut())
                return finished()

            await asyncio.to_thread(aim, relay, sink.port)
            await working(tmp_path, cut, seconds=40, pause=0.01)
            return sink

    sink = asyncio.run(main())
    assert len(cuts) == 9 and sum(cuts) > 9, f"too little was cut: {cuts}"
    assert states(origin) == {"accepted": 200} and set(sink.accepted.values()) == {1}


def connections_cut() -> int:
    """How many connections the engine had, until now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            [ENGINE],
        )
        return int(cursor.fetchone()[0])

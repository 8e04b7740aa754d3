"""The pace of a lane: permits, rests, slow paces, and that it holds when several take at once."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from tests.cast import Cast
from tradewind.senders import lanes
from tradewind.senders.models import Channel, Lane, SendingDomain

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def lane(cast: Cast) -> Lane:
    domain = SendingDomain.objects.create(
        workspace=cast.workspace,
        name="lantern.example",
        return_path_host="bounces.lantern.example",
        tracking_host="click.lantern.example",
    )
    channel = Channel.objects.create(
        workspace=cast.workspace, name="Direct", kind=Channel.Kind.DIRECT, port=25
    )
    made = lanes.ensure(domain, channel, ["gmail"])
    lane = Lane.objects.get(pk=made["gmail"])
    lane.rate_per_second, lane.burst = 10.0, 20
    lane.save(update_fields=["rate_per_second", "burst"])
    return lane


def test_a_lane_has_the_limits_of_its_provider(lane: Lane) -> None:
    assert (lane.max_connections, lane.messages_per_connection) == (5, 50)
    again = lanes.ensure(lane.domain, lane.channel, ["gmail", "qq", "qq", "lost-from-the-catalogue"])
    assert again["gmail"] == lane.pk
    assert set(again) == {"gmail", "qq", "other"}


def test_a_relay_keeps_the_providers_pace_itself(lane: Lane) -> None:
    relay = Channel.objects.create(
        workspace=lane.workspace, name="Relay", rate_per_second=3.0, max_connections=8
    )
    made = Lane.objects.get(pk=lanes.ensure(lane.domain, relay, ["qq"])["qq"])
    assert (made.rate_per_second, made.max_connections, made.messages_per_connection) == (3.0, 8, 100)


def test_burst_first_then_the_rate(lane: Lane) -> None:
    assert lanes.grant(lane.pk, 50, NOW) == 20
    assert lanes.grant(lane.pk, 50, NOW) == 0
    assert lanes.grant(lane.pk, 50, NOW + SECOND) == 10
    assert lanes.grant(lane.pk, 3, NOW + 60 * SECOND) == 3
    assert lanes.grant(lane.pk, 50, NOW + 60 * SECOND) == 17


def test_an_hour_never_carries_more_than_rate_and_burst(lane: Lane) -> None:
    total = sum(lanes.grant(lane.pk, 7, NOW + step * SECOND / 3) for step in range(1800))
    assert 10 * 600 - 10 <= total <= 10 * 600 + 20


def test_mail_time_runs_as_fast_as_the_pace(lane: Lane, settings: Any) -> None:
    settings.PACE = 60
    assert lanes.grant(lane.pk, 1000, NOW) == 20
    assert lanes.grant(lane.pk, 1000, NOW + SECOND / 60) == 10


def test_a_rest_grants_nothing_and_ends_by_itself(lane: Lane) -> None:
    lanes.suspend(lane.pk, NOW + 60 * SECOND, "421 4.7.28")
    assert lanes.grant(lane.pk, 5, NOW + 59 * SECOND) == 0
    lane.refresh_from_db()
    assert (lane.state, lane.state_reason) == ("suspended", "421 4.7.28")
    assert lanes.grant(lane.pk, 5, NOW + 60 * SECOND) == 5
    lane.refresh_from_db()
    assert (lane.state, lane.state_reason, lane.state_until) == ("open", "", None)


def test_a_rest_without_end_needs_somebody(lane: Lane) -> None:
    lanes.suspend(lane.pk, None, "asked by Alice")
    lanes.suspend(lane.pk, NOW + SECOND, "shorter")
    assert lanes.grant(lane.pk, 5, NOW + timedelta(days=400)) == 0
    lanes.resume(lane.pk)
    assert lanes.grant(lane.pk, 5, NOW) == 5


def test_a_longer_rest_is_not_shortened(lane: Lane) -> None:
    lanes.suspend(lane.pk, NOW + 90 * SECOND, "long")
    lanes.suspend(lane.pk, NOW + 10 * SECOND, "short")
    lanes.slow(lane.pk, NOW + 10 * SECOND, "slow", 1.0)
    lane.refresh_from_db()
    assert (lane.state_reason, lane.state_until, lane.slowed_rate) == ("long", NOW + 90 * SECOND, None)


def test_a_slow_pace_ends_by_itself(lane: Lane) -> None:
    lanes.slow(lane.pk, NOW + 120 * SECOND, "deferred", 1 / 60)
    assert lanes.grant(lane.pk, 5, NOW) == 1
    assert lanes.grant(lane.pk, 5, NOW + 30 * SECOND) == 0
    assert lanes.grant(lane.pk, 5, NOW + 61 * SECOND) == 1
    # its bookings ahead end with it
    assert lanes.grant(lane.pk, 50, NOW + 120 * SECOND) == 20


def test_slowing_twice_keeps_the_slower_and_the_longer(lane: Lane) -> None:
    lanes.slow(lane.pk, NOW + 120 * SECOND, "one", 0.5)
    lanes.slow(lane.pk, NOW + 60 * SECOND, "two", 2.0)
    lane.refresh_from_db()
    assert (lane.slowed_rate, lane.state_until) == (0.5, NOW + 120 * SECOND)


def test_a_lane_that_is_gone_grants_nothing(db: None) -> None:
    assert lanes.grant(987654321, 5, NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_several_takers_never_exceed_the_burst(lane: Lane) -> None:
    got: list[int] = []

    def take() -> None:
        try:
            got.extend(lanes.grant(lane.pk, 2, NOW) for _ in range(10))
        finally:
            connection.close()

    takers = [Thread(target=take) for _ in range(4)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join(30)
    assert sum(got) == 20

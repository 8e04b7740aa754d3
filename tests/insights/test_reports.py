"""Funnel, providers, time, refusals, links, and the doors behind them: each number opens as many messages as it says."""

import random
from datetime import timedelta

import pytest
from django.db.models import Count

from tests.cast import Cast
from tests.insights.scene import START, Stage, make_stage
from tradewind.core.statistics import Rate, wilson
from tradewind.insights import funnel as funnels
from tradewind.insights.doors import Door
from tradewind.insights.links import links
from tradewind.insights.mail import images_before_first_link
from tradewind.insights.refusals import refusals
from tradewind.insights.words import Fault, Step
from tradewind.ledger.models import Message
from tradewind.ledger.words import EventType, MessageState


def live_through(stage: Stage, dice: random.Random) -> None:
    """A plausible life of one message."""
    message = stage.message(dice.choice(["gmail", "outlook", "qq"]))
    if dice.random() < 0.1:
        stage.happens(message, EventType.SKIPPED, 0, reason="suppressed_address")
        return
    stage.happens(message, EventType.QUEUED, 0)
    end = dice.choices(
        ["accepted", "refused", "expired", "unknown", "deferred", "queued"], [70, 8, 2, 3, 5, 2]
    )[0]
    if end == "queued":
        return
    facts = {
        "reason": "user-unknown",
        "rule": "user-unknown",
        "fault": "recipient",
        "code": 550,
        "status": "5.1.1",
    }
    stage.happens(message, EventType(end), dice.uniform(1, 30), **(facts if end == "refused" else {}))
    if end != "accepted":
        return
    for kind, chance in (("opened", 0.5), ("clicked", 0.2)):
        if dice.random() < chance:
            verdict = dice.choice(["person", "likely_person", "unknown", "machine", "likely_machine"])
            hit, minute = dice.randrange(10**9), dice.uniform(31, 600)
            if kind == "opened":
                stage.opens(message, minute, verdict, hit)
            else:
                stage.clicks(message, minute, verdict, hit)
    for event, chance in ((EventType.REPLIED, 0.1), (EventType.BOUNCED, 0.05), (EventType.COMPLAINED, 0.02)):
        if dice.random() < chance:
            stage.happens(message, event, dice.uniform(40, 900), rule="late")


@pytest.mark.parametrize("seed", range(6))
def test_the_funnel_equals_the_ledger_and_every_door_opens_as_many(cast: Cast, seed: int) -> None:
    stage, dice = make_stage(cast.workspace), random.Random(seed)
    for number in range(60):
        live_through(stage, dice)
        if number % 7 == seed:
            stage.project()
    stage.project()
    found = funnels.funnel(stage.origin.pk)
    rows = Message.objects.filter(origin=stage.origin).order_by().values_list("state").annotate(n=Count("pk"))
    states = dict(rows)
    assert found.planned == 60
    assert found.planned == found.done + found.waiting
    assert found.accepted == states.get("accepted", 0) + states.get("bounced", 0)
    for state in ("skipped", "refused", "expired", "unknown", "bounced", "queued", "deferred"):
        assert getattr(found, state) == states.get(state, 0), state
    for step in Step:
        assert Door(step=step).messages(stage.origin.pk).count() == found.of(step), step
    for part in funnels.by_provider(stage.origin.pk):
        for step in Step:
            assert Door(step=step, provider=part.provider).messages(
                stage.origin.pk
            ).count() == part.funnel.of(step)
    assert sum(part.funnel.planned for part in funnels.by_provider(stage.origin.pk)) == 60
    series = funnels.over_time(stage.origin.pk).series
    assert sum(series[Step.ACCEPTED]) == found.accepted
    for cause in refusals(stage.origin.pk):
        door = Door(step=cause.step, reason=cause.rule, code=cause.code)
        assert door.messages(stage.origin.pk).count() == cause.count


def test_the_timeline_has_no_more_points_than_a_chart_can_show(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    for minute in (0, 1, 60 * 24 * 9):
        message = stage.message()
        stage.happens(message, EventType.QUEUED, minute)
        stage.happens(message, EventType.ACCEPTED, minute)
    stage.project()
    timeline = funnels.over_time(stage.origin.pk)
    assert len(timeline.starts) <= funnels.MOST_POINTS
    assert timeline.starts[0] <= START
    assert (
        timeline.starts[-1]
        <= START + timedelta(days=9)
        < timeline.starts[-1] + timedelta(seconds=timeline.seconds)
    )
    assert sum(timeline.series[Step.ACCEPTED]) == 3


def test_an_origin_without_events_has_an_empty_funnel(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    assert set(funnels.funnel(stage.origin.pk).as_dict().values()) == {0}
    assert funnels.by_provider(stage.origin.pk) == []
    assert funnels.over_time(stage.origin.pk).starts == ()
    assert refusals(stage.origin.pk) == []


def test_refusals_carry_the_words_and_whose_fault_it_was(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    for number in range(3):
        message = stage.message("outlook")
        stage.happens(message, EventType.QUEUED)
        words = "5.7.1 blocked using S3150" if number else "5.7.1 blocked, other words"
        stage.happens(
            message,
            EventType.REFUSED,
            1,
            reason="outlook-block",
            fault="reputation",
            code=550,
            status="5.7.1",
            text=words,
        )
    message = stage.message("gmail")
    stage.happens(
        message, EventType.REFUSED, 2, reason="odd", fault="a fault of next year", code=554, text="?"
    )
    stage.project()
    first, second = refusals(stage.origin.pk)
    assert (first.count, first.words, first.fault, first.providers) == (
        3,
        "5.7.1 blocked using S3150",
        Fault.REPUTATION,
        ("outlook",),
    )
    assert second.fault is Fault.UNKNOWN


def test_links_count_messages_by_who_clicked(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    for number, verdict in enumerate(["person", "person", "machine"]):
        message = stage.message()
        stage.happens(message, EventType.ACCEPTED, 1)
        stage.clicks(message, 5, verdict, hit=number)
        stage.clicks(message, 6, verdict, hit=100 + number)  # twice is once
    stage.project()
    (report,) = links(stage.origin)
    assert (report.human, report.only_machine) == (2, 1)
    assert Door(link=stage.link.pk).messages(stage.origin.pk).count() == 2


def test_doors_filter_by_state_and_address(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    for _ in range(3):
        stage.happens(stage.message(), EventType.QUEUED)
    stage.happens(stage.messages[0], EventType.DEFERRED, 1)
    stage.project()
    assert Door(state=MessageState.DEFERRED).messages(stage.origin.pk).get() == stage.messages[0]
    assert Door(waiting=True).messages(stage.origin.pk).count() == 3
    assert Door(search=stage.messages[1].email.upper()).messages(stage.origin.pk).get() == stage.messages[1]


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Brown, Cai, DasGupta (2001) and the closed form for 0 and all
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (5, 5, 0.5655, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson(count: int, of: int, low: float, high: float) -> None:
    interval = wilson(count, of)
    assert interval.low == pytest.approx(low, abs=5e-4)
    assert interval.high == pytest.approx(high, abs=5e-4)


def test_a_rate_of_nothing_is_no_rate() -> None:
    assert Rate(0, 0).value is None
    assert not Rate(0, 0).is_small
    assert Rate(3, 30).is_small


def test_pictures_before_the_first_link() -> None:
    html = '<img src="a"><img src="b"><img width="1" src="pixel"><a href="{{ unsubscribe_url }}">x</a><img src="c">'
    assert images_before_first_link(html) == 2
    assert images_before_first_link("<img src=a><p>no link</p>") == 0

"""Effective reach: what is proven, what is estimated, and when nothing is said."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import Cast
from tests.insights.scene import START, Stage, make_stage
from tradewind.audience.models import Contact
from tradewind.insights.reach import LEAST_READERS, WhyNot, reach, usual_readers
from tradewind.ledger.words import EventType

LATER = START + timedelta(days=3)


def send(cast: Cast, name: str, readers: list[Contact], seen: int, provider: str = "gmail") -> Stage:
    """A campaign to `readers`, of whom the first `seen` load its pictures."""
    stage = make_stage(cast.workspace, name=name)
    for number, contact in enumerate(readers):
        message = stage.message(provider, contact)
        stage.happens(message, EventType.QUEUED)
        stage.happens(message, EventType.ACCEPTED, 1)
        if number < seen:
            stage.opens(message, 5, "machine", hit=number, shows_inbox=True)
    stage.project()
    return stage


def people(cast: Cast, count: int) -> list[Contact]:
    return [
        Contact.objects.create(
            workspace=cast.workspace,
            email=f"r{n}@g.example",
            email_key=f"r{n}@g.example",
            mail_domain="g.example",
        )
        for n in range(count)
    ]


def test_the_first_campaign_is_not_measurable_but_has_a_lower_bound(cast: Cast) -> None:
    with time_machine.travel(LATER):
        found = reach(send(cast, "First", people(cast, 40), seen=30).origin.pk)
    assert (found.accepted, found.proven) == (40, 30)
    assert found.estimate is None
    assert found.why_not is WhyNot.NO_PAST


def test_it_is_too_early_until_readers_had_a_day(cast: Cast) -> None:
    readers = people(cast, 40)
    for number in range(3):
        send(cast, f"Past {number}", readers, seen=40)
    stage = send(cast, "Now", readers, seen=10)
    with time_machine.travel(START + timedelta(hours=2)):
        assert reach(stage.origin.pk).why_not is WhyNot.TOO_EARLY
    with time_machine.travel(LATER):
        assert reach(stage.origin.pk).estimate is not None


@pytest.mark.parametrize(("seen", "share"), [(60, 1.0), (30, 0.5), (6, 0.1)])
def test_usual_readers_that_stay_silent_lower_the_estimate(cast: Cast, seen: int, share: float) -> None:
    readers = people(cast, 60)
    for number in range(8):
        send(cast, f"Past {number}", readers, seen=60)
    with time_machine.travel(LATER):
        found = reach(send(cast, "Now", readers, seen=seen).origin.pk)
    assert found.estimate is not None
    assert found.low is not None
    assert found.high is not None
    assert found.proven <= found.low <= found.estimate <= found.high <= found.accepted == 60
    assert found.low <= 60 * share <= found.high + 1


def test_a_provider_without_usual_readers_is_left_out_not_guessed(cast: Cast) -> None:
    readers = people(cast, 30)
    for number in range(4):
        send(cast, f"Past {number}", readers, seen=30)
    stage = send(cast, "Now", readers, seen=30)
    for _ in range(25):
        message = stage.message("outlook")
        stage.happens(message, EventType.ACCEPTED, 1)
    stage.project()
    with time_machine.travel(LATER):
        found = reach(stage.origin.pk)
    assert (found.accepted, found.measured) == (55, 30)
    assert found.high is not None
    assert found.high <= 30
    outlook = next(part for part in found.providers if part.provider == "outlook")
    assert (outlook.estimate, outlook.why_not) == (None, WhyNot.NO_PAST)


def test_bounced_messages_are_not_reached(cast: Cast) -> None:
    stage = send(cast, "One", people(cast, 3), seen=3)
    stage.happens(stage.messages[0], EventType.BOUNCED, 9, rule="late")
    stage.project()
    assert (reach(stage.origin.pk).accepted, reach(stage.origin.pk).proven) == (2, 2)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """2,000 simulated campaigns of 40 readers with a known inbox share; a 95 % interval may miss a little more than 5 %."""
    import random

    dice, hits, runs = random.Random(7), 0, 2000
    for _ in range(runs):
        true_q = dice.uniform(0.2, 0.95)
        seen = expected = spread = doubt = 0.0
        for _ in range(40):
            habit, past = dice.uniform(0.4, 0.95), 12
            shown = sum(dice.random() < habit for _ in range(past))
            p = (shown + 1) / (past + 2)
            expected, spread, doubt = expected + p, spread + p * (1 - p), doubt + p * (1 - p) / (past + 3)
            seen += dice.random() < habit * true_q
        share = usual_readers(int(seen), expected, spread, doubt)
        hits += share.low <= true_q <= share.high
    assert hits / runs > 0.92


def test_least_readers_is_what_the_page_says() -> None:
    assert LEAST_READERS == 20  # named in the sentence of WhyNot.NO_PAST
    assert "20" in str(WhyNot.NO_PAST.sentence)

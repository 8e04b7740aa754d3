"""Stored hits become verdicts and events; later hits revise them; nothing disappears."""

from datetime import datetime, timedelta
from typing import Any

from pytest_django import Settings as SettingsWrapper

from tests.signals.scene import CHROME, Scene, events
from tradewind.core import clock
from tradewind.ledger.models import Message
from tradewind.ledger.words import EventType, MessageState
from tradewind.signals import judge
from tradewind.signals.models import Hit
from tradewind.signals.words import HitKind


def hit(message: Message, kind: HitKind, at: datetime, **more: Any) -> Hit:
    values: dict[str, Any] = {
        "method": "GET",
        "ip": "198.51.100.9",
        "user_agent": CHROME,
        "headers": {"accept-language": "en"},
    }
    return Hit.objects.create(
        workspace_id=message.workspace_id, message=message, kind=kind, at=at, **(values | more)
    )


def ago(**span: float) -> datetime:
    return clock.now() - timedelta(**span)


def test_a_hit_is_judged_only_after_it_has_settled(scene: Scene) -> None:
    message = scene.message()
    early, late = (
        hit(message, HitKind.OPEN, ago(minutes=5)),
        hit(scene.message(), HitKind.OPEN, ago(seconds=30)),
    )
    assert judge.judge_due() == 1
    early.refresh_from_db()
    late.refresh_from_db()
    assert early.verdict == "likely_person"
    assert early.reasons
    assert early.rule_version == 1
    assert late.judged_at is None
    (event,) = events(message)
    assert event.type == EventType.OPENED
    assert event.at == early.at
    assert event.data["hit"] == early.pk
    assert event.data["verdict"] == "likely_person"


def test_settling_is_measured_in_mail_time(scene: Scene, settings: SettingsWrapper) -> None:
    settings.PACE = 60
    hit(scene.message(), HitKind.OPEN, ago(seconds=2))
    assert judge.judge_due() == 1


def test_a_later_click_revises_the_open(scene: Scene) -> None:
    message = scene.message()
    opened = hit(message, HitKind.OPEN, ago(minutes=18), user_agent="Foo/1", headers={})
    judge.judge_due()
    opened.refresh_from_db()
    assert opened.verdict == "unknown"
    hit(message, HitKind.CLICK, ago(minutes=10), link=scene.links[0])
    judge.judge_due()
    opened.refresh_from_db()
    assert opened.verdict in ("person", "likely_person")
    first, *rest = events(message)
    revised = next(event for event in rest if event.type == EventType.OPENED)
    assert revised.data["revises"] is True
    assert revised.data["was"] == "unknown"
    assert revised.data["hit"] == first.data["hit"]
    assert any(event.type == EventType.CLICKED and event.data["link"] == scene.links[0].pk for event in rest)


def test_judging_again_changes_nothing(scene: Scene) -> None:
    message = scene.message()
    hit(message, HitKind.OPEN, ago(minutes=5))
    judge.judge_due()
    before = len(events(message))
    assert judge.judge_due() == 0
    judge.judge_messages([message.pk])
    assert len(events(message)) == before


def test_one_address_over_many_recipients_is_a_machine(scene: Scene) -> None:
    at = ago(minutes=4)
    hits = [
        hit(scene.message(), HitKind.CLICK, at + timedelta(seconds=n), link=scene.links[0]) for n in range(8)
    ]
    judge.judge_due()
    for one in hits:
        one.refresh_from_db()
        assert one.verdict in ("machine", "likely_machine"), one.reasons


def test_a_look_at_the_unsubscribe_page_is_judged_but_is_no_event(scene: Scene) -> None:
    message = scene.message()
    look = hit(message, HitKind.UNSUBSCRIBE_PAGE, ago(minutes=5))
    judge.judge_due()
    look.refresh_from_db()
    assert look.verdict
    assert events(message) == []


def test_a_hit_on_a_message_in_flight_waits_for_its_outcome(scene: Scene) -> None:
    message = scene.message(state=MessageState.CLAIMED)
    hit(message, HitKind.CLICK, ago(minutes=5), link=scene.links[0])
    assert judge.judge_due() == 0
    message.state, message.accepted_at = MessageState.ACCEPTED, ago(minutes=5, seconds=3)
    message.save(update_fields=["state", "accepted_at"])
    assert judge.judge_due() == 1


def test_a_reader_proves_that_an_unknown_message_arrived(scene: Scene) -> None:
    message = scene.message(state=MessageState.UNKNOWN)
    hit(message, HitKind.OPEN, ago(minutes=5))
    judge.judge_due()
    message.refresh_from_db()
    assert message.state == MessageState.ACCEPTED


def test_a_mad_robot_does_not_stop_the_judge(scene: Scene) -> None:
    message = scene.message()
    for n in range(judge.MOST_HITS + 50):
        hit(message, HitKind.OPEN, ago(minutes=5) + timedelta(milliseconds=n), user_agent="curl/8")
    while judge.judge_due():
        pass
    assert Hit.objects.filter(message=message, judged_at=None).count() == 0

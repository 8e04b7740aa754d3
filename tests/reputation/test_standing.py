"""Standings come from events alone, and can be built again from them."""

from datetime import timedelta
from typing import Any

from tests.signals.scene import Scene, project
from tradewind.core import clock
from tradewind.ledger import origins
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Event, Message
from tradewind.ledger.projectors import rebuild
from tradewind.ledger.words import EventType, MessageState, OriginState
from tradewind.reputation import breaker
from tradewind.reputation.models import OriginStanding, Standing, Trip
from tradewind.reputation.projectors import PROJECTORS

T = EventType
GONE: dict[str, Any] = {"fault": "recipient", "persistence": "never", "suppress": True}


def tell(message: Message, type_: EventType, times: int = 1, days_ago: int = 0, **data: Any) -> None:
    at = clock.now() - timedelta(days=days_ago)
    record(
        [
            NewEvent(
                message.workspace_id,
                type_,
                at,
                origin_id=message.origin_id,
                message_id=message.pk,
                data={"provider": "gmail"} | data,
            )
            for _ in range(times)
        ]
    )


def figures() -> list[tuple[Any, ...]]:
    return list(
        Standing.objects.order_by("day", "provider").values_list(
            "provider", "accepted", "refused_recipient", "refused_us", "deferred", "bounced", "complained"
        )
    )


def test_counts_by_day_and_provider(scene: Scene) -> None:
    message = scene.message()
    other = scene.message()
    other.provider = "qq"
    other.save(update_fields=["provider"])
    tell(message, T.ACCEPTED, 5)
    tell(message, T.ACCEPTED, 2, days_ago=1)
    tell(message, T.REFUSED, 2, **GONE)
    tell(message, T.REFUSED, 3, fault="reputation")
    tell(message, T.REFUSED, 1)
    tell(message, T.DEFERRED, 4)
    tell(message, T.BOUNCED, 1, **GONE)
    tell(other, T.COMPLAINED, 1)
    tell(message, T.OPENED, 9)
    project(PROJECTORS)
    assert figures() == [("gmail", 2, 0, 0, 0, 0, 0), ("gmail", 5, 2, 4, 4, 1, 0), ("qq", 0, 0, 0, 0, 0, 1)]
    standing = OriginStanding.objects.get()
    assert (standing.accepted, standing.refused, standing.gone, standing.complained) == (7, 6, 3, 1)
    assert Standing.objects.values_list("domain_id", flat=True).distinct().get() == scene.domain().pk


def test_reading_again_adds_nothing_and_building_again_gives_the_same(scene: Scene) -> None:
    message = scene.message()
    tell(message, T.ACCEPTED, 5)
    project(PROJECTORS)
    tell(message, T.BOUNCED, 2, **GONE)
    project(PROJECTORS)
    project(PROJECTORS)
    before = figures()
    assert before == [("gmail", 5, 0, 0, 0, 2, 0)]
    rebuild(PROJECTORS[0])
    assert figures() == []
    project(PROJECTORS)
    assert figures() == before


def prepare(scene: Scene, accepted: int, gone: int = 0, complained: int = 0) -> Message:
    waiting = scene.message(state=MessageState.QUEUED)
    tell(waiting, T.ACCEPTED, accepted)
    tell(waiting, T.REFUSED, gone, **GONE)
    tell(waiting, T.COMPLAINED, complained)
    project(PROJECTORS)
    return waiting


def test_a_bad_list_stops_the_campaign_with_a_sentence(scene: Scene) -> None:
    prepare(scene, accepted=80, gone=20)
    assert breaker.check() == [scene.origin.pk]
    scene.origin.refresh_from_db()
    assert scene.origin.state == OriginState.HELD
    assert "20 of 100 addresses do not exist (20.0 %; the limit is 8 %)" in scene.origin.state_reason
    assert Event.objects.filter(type=T.HELD).count() == 1
    assert Trip.objects.get().gauge == "bounces"
    assert breaker.check() == []


def test_a_few_bad_addresses_stop_nobody(scene: Scene) -> None:
    prepare(scene, accepted=36, gone=9)  # 20 %, but only 45 tried
    assert breaker.check() == []


def test_a_share_near_the_limit_is_no_certainty(scene: Scene) -> None:
    prepare(scene, accepted=90, gone=10)  # 10 % of 100: the bound is 6 %
    assert breaker.check() == []


def test_full_boxes_and_blocks_are_not_bad_addresses(scene: Scene) -> None:
    waiting = prepare(scene, accepted=50)
    tell(waiting, T.REFUSED, 60, fault="reputation", suppress=False)
    tell(waiting, T.BOUNCED, 30, fault="recipient", suppress=False)
    project(PROJECTORS)
    assert breaker.check() == []


def test_complaints_stop_the_campaign_too(scene: Scene) -> None:
    prepare(scene, accepted=1000, complained=8)
    assert breaker.check() == [scene.origin.pk]
    scene.origin.refresh_from_db()
    assert "8 of 1000 readers reported the mail as spam" in scene.origin.state_reason


def test_what_a_person_resumed_is_not_stopped_for_the_same_again(scene: Scene) -> None:
    waiting = prepare(scene, accepted=80, gone=20)
    breaker.check()
    origins.resume(scene.origin)
    assert breaker.check() == []
    tell(waiting, T.ACCEPTED, 60)
    project(PROJECTORS)
    assert breaker.check() == []
    tell(waiting, T.REFUSED, 20, **GONE)
    project(PROJECTORS)
    assert breaker.check() == [scene.origin.pk]
    assert Trip.objects.count() == 2


def test_a_campaign_with_nothing_left_to_send_is_not_stopped(scene: Scene) -> None:
    waiting = prepare(scene, accepted=80, gone=20)
    waiting.state = MessageState.ACCEPTED
    waiting.save(update_fields=["state"])
    assert breaker.check() == []


def test_trips_survive_a_rebuild(scene: Scene) -> None:
    prepare(scene, accepted=80, gone=20)
    breaker.check()
    origins.resume(scene.origin)
    rebuild(PROJECTORS[0])
    project(PROJECTORS)
    assert breaker.check() == []

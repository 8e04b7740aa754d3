"""Claim and settle: what the engine may take, and what its word does."""

from datetime import timedelta

from tests.ledger.scene import Scene, outcome, states, through_door
from tradewind.audience.models import Subscription, Suppression
from tradewind.core import clock
from tradewind.ledger import door, origins, planning
from tradewind.ledger.door import OutcomeKind
from tradewind.ledger.models import Attempt, Event, Message, Origin, Worker
from tradewind.senders.models import Lane, MailDomain


def planned(scene: Scene, people: int = 3) -> Origin:
    for _ in range(people):
        scene.contact(first_name="Ana", country="DE")
    origin = scene.origin()
    planning.plan(origin, scene.everybody())
    return origin


def test_a_claim_carries_the_merge_values(scene: Scene) -> None:
    planned(scene, 1)
    [claimed] = scene.claim(scene.worker())
    assert claimed.values["first_name"] == "Ana"
    assert claimed.values["country_name"] == "Germany"
    assert claimed.values["company"] == ""
    assert claimed.provider == "gmail"


def test_a_full_name_is_said_as_its_language_says_it(scene: Scene) -> None:
    scene.contact(first_name="伟", last_name="王")
    scene.contact(first_name="Wei", last_name="Wang")
    planning.plan(scene.origin(), scene.everybody())
    assert [c.values["full_name"] for c in scene.claim(scene.worker())] == ["王伟", "Wei Wang"]


def test_what_one_worker_holds_no_other_gets(scene: Scene) -> None:
    origin = planned(scene, 5)
    first = scene.claim(scene.worker(), 3)
    second = scene.claim(scene.worker(), 10)
    assert len(first) == 3
    assert len(second) == 2
    assert not {c.id for c in first} & {c.id for c in second}
    assert states(origin) == {"claimed": 5}


def test_nothing_is_claimed_of_a_paused_origin_or_a_domain_without_authentication(scene: Scene) -> None:
    origin = planned(scene)
    worker = scene.worker()
    origins.pause(origin)
    assert scene.claim(worker) == []
    origins.resume(origin)
    domain = scene.sender.domain
    domain.state = domain.State.FAILING
    domain.save(update_fields=["state"])
    assert scene.claim(worker) == []
    domain.state = domain.State.UNKNOWN
    domain.save(update_fields=["state"])
    assert len(scene.claim(worker)) == 3


def test_an_unsubscribe_one_second_ago_counts(scene: Scene) -> None:
    origin = planned(scene, 2)
    Subscription.objects.filter(contact=Message.objects.filter(origin=origin)[0].contact).update(
        state="unsubscribed"
    )
    assert len(scene.claim(scene.worker())) == 1
    assert states(origin) == {"claimed": 1, "skipped": 1}
    assert Event.objects.get(origin=origin, type="skipped").data["reason"] == "not_subscribed"


def test_a_domain_that_dns_has_not_told_yet_waits_and_gets_its_lane_later(scene: Scene) -> None:
    scene.contact("a@late.example")
    origin = scene.origin()
    planning.plan(origin, scene.everybody())
    worker = scene.worker()
    assert scene.claim(worker) == []
    message = Message.objects.get(origin=origin)
    assert (message.state, message.reason) == ("deferred", "mail_server_unknown")
    MailDomain.objects.create(name="late.example", status="found", provider="qq", checked_at=clock.now())
    origins.sweep()
    Message.objects.update(due_at=clock.now())
    [claimed] = scene.claim(worker)
    assert claimed.provider == "qq"
    assert Lane.objects.get(pk=claimed.lane_id).provider == "qq"


def test_the_pace_of_a_lane_holds(scene: Scene) -> None:
    origin = planned(scene, 10)
    Lane.objects.update(rate_per_second=0.001, burst=4)
    assert len(scene.claim(scene.worker())) == 4
    assert scene.claim(scene.worker()) == []
    assert states(origin) == {"claimed": 4, "queued": 6}


def test_settling_writes_row_attempt_and_event_once(scene: Scene) -> None:
    origin = planned(scene, 1)
    worker = scene.worker()
    [claimed] = scene.claim(worker)
    word = outcome(
        claimed,
        OutcomeKind.ACCEPTED,
        reply_code=250,
        reply_text="2.0.0 OK q1",
        remote_id="q1",
        digest=b"\1" * 32,
    )
    assert scene.settle(worker, word) == [claimed.id]
    assert scene.settle(worker, word) == []  # the answer of the first call was lost: nothing is doubled
    message = Message.objects.get(pk=claimed.id)
    assert (message.state, message.remote_id, message.attempts) == ("accepted", "q1", 1)
    assert message.accepted_at == word.at
    assert bytes(message.digest or b"") == b"\1" * 32
    assert Attempt.objects.get(message=message).dialogue == [[1, ">", "EHLO x"]]
    assert Event.objects.filter(message=message, type="accepted").count() == 1
    assert origins.sweep() == [origin.pk]


def test_an_outcome_of_an_earlier_claim_settles_nothing(scene: Scene) -> None:
    planned(scene, 1)
    worker = scene.worker()
    [first] = scene.claim(worker)
    scene.settle(worker, outcome(first, OutcomeKind.RETURNED))
    [second] = scene.claim(worker)
    assert second.id == first.id
    assert scene.settle(worker, outcome(first, OutcomeKind.RETURNED)) == []
    assert Message.objects.get(pk=first.id).state == "claimed"


def test_only_the_holder_settles(scene: Scene) -> None:
    planned(scene, 1)
    [claimed] = scene.claim(scene.worker())
    assert scene.settle(scene.worker(), outcome(claimed, OutcomeKind.ACCEPTED)) == []


def test_a_permanent_fault_of_the_recipient_is_suppressed_in_the_same_stroke(scene: Scene) -> None:
    planned(scene, 2)
    worker = scene.worker()
    dead, blocked = scene.claim(worker)
    scene.settle(
        worker,
        outcome(
            dead,
            OutcomeKind.REFUSED,
            suppress=True,
            reply_code=550,
            reply_status="5.1.1",
            reply_text="no such user",
        ),
        outcome(blocked, OutcomeKind.REFUSED, reply_code=550, reply_status="5.7.1", reply_text="blocked"),
    )
    assert list(Suppression.objects.values_list("value", "reason", "message_id")) == [
        (dead.email, "hard_bounce", dead.id)
    ]
    assert Event.objects.filter(type="suppressed").count() == 1


def test_a_deferral_beyond_the_lifetime_expires_and_one_of_a_cancelled_campaign_is_skipped(
    scene: Scene,
) -> None:
    origin = planned(scene, 2)
    worker = scene.worker()
    late, cancelled = scene.claim(worker)
    scene.settle(
        worker, outcome(late, OutcomeKind.DEFERRED, due_at=clock.now() + timedelta(days=2), reply_code=451)
    )
    assert origins.cancel(origin) == 0  # nothing waits: one expired, one is in flight
    scene.settle(worker, outcome(cancelled, OutcomeKind.DEFERRED, due_at=clock.now(), reply_code=451))
    assert states(origin) == {"expired": 1, "skipped": 1}
    assert set(Event.objects.filter(message_id__isnull=False).values_list("type", flat=True)) == {
        "queued",
        "expired",
        "skipped",
    }


def test_cancel_skips_what_waits(scene: Scene) -> None:
    origin = planned(scene, 3)
    scene.claim(scene.worker(), 1)
    assert origins.cancel(origin, "wrong price") == 2
    assert states(origin) == {"claimed": 1, "skipped": 2}


def test_a_stopped_worker_gives_back_what_it_holds(scene: Scene) -> None:
    origin = planned(scene, 2)
    worker = scene.worker()
    scene.claim(worker)
    through_door(lambda pool: door.stop_worker(pool, worker))
    assert states(origin) == {"queued": 2}
    assert set(Message.objects.values_list("recoveries", flat=True)) == {1}
    assert through_door(lambda pool: door.silent_workers(pool, "host")) == []


def test_a_stopped_worker_claims_nothing_more(scene: Scene) -> None:
    """A claim that arrives after its worker was recovered would belong to nobody."""
    origin = planned(scene, 2)
    worker = scene.worker()
    through_door(lambda pool: door.stop_worker(pool, worker))
    assert scene.claim(worker) == []
    assert states(origin) == {"queued": 2}


def test_a_lost_worker_leaves_unknowns_which_its_word_still_resolves(scene: Scene) -> None:
    origin = planned(scene, 2)
    worker = scene.worker()
    one, _ = scene.claim(worker)
    Worker.objects.update(seen_at=clock.now() - timedelta(hours=1))
    assert through_door(door.reap) == 2
    assert states(origin) == {"unknown": 2}
    assert scene.claim(scene.worker()) == []  # never sent again by itself
    assert scene.settle(worker, outcome(one, OutcomeKind.ACCEPTED)) == [one.id]
    assert states(origin) == {"accepted": 1, "unknown": 1}


def test_text_that_postgresql_cannot_store_is_kept_readable(scene: Scene) -> None:
    planned(scene, 1)
    worker = scene.worker()
    [claimed] = scene.claim(worker)
    scene.settle(worker, outcome(claimed, OutcomeKind.REFUSED, reply_code=550, reply_text="a\x00b"))
    assert Message.objects.get(pk=claimed.id).reply_text == "a\ufffdb"


def test_a_brief_holds_what_the_engine_compiles_from(scene: Scene) -> None:
    origin = planned(scene, 1)
    brief = through_door(lambda pool: door.origin_briefs(pool, [origin.pk]))[origin.pk]
    assert brief.subject == "Hi"
    assert brief.channel.port == 2525
    assert brief.constants["workspace_address"] == "88 Harbour Road"

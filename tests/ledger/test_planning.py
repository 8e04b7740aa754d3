"""Planning and the gate."""

from datetime import timedelta

import pytest

from tests.ledger.scene import Scene, states
from tradewind.audience.models import Consent, Contact, Suppression
from tradewind.core import clock
from tradewind.ledger import planning
from tradewind.ledger.models import Event, Message
from tradewind.ledger.query import Query
from tradewind.ledger.words import Reason
from tradewind.senders.models import MailDomain


def test_everybody_gets_one_row_and_one_event(scene: Scene) -> None:
    for _ in range(7):
        scene.contact()
    origin = scene.origin()
    assert planning.plan(origin, scene.everybody()) == planning.Planned(queued=7, skipped=0)
    assert states(origin) == {"queued": 7}
    assert Event.objects.filter(origin=origin, type="queued").count() == 7
    origin.refresh_from_db()
    assert origin.planned_at is not None
    message = Message.objects.filter(origin=origin).first()
    assert message is not None
    assert message.provider == "gmail"
    assert message.lane is not None
    assert message.lane.provider == "gmail"


def test_planning_twice_doubles_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "BATCH", 3)
    for _ in range(10):
        scene.contact()
    origin = scene.origin()
    planning.plan(origin, scene.everybody())
    again = planning.plan(origin, scene.everybody())
    assert again == planning.Planned(0, 0)
    assert states(origin) == {"queued": 10}
    assert Event.objects.filter(origin=origin, type="queued").count() == 10
    assert Event.objects.filter(origin=origin, type="planned").count() == 1


def gate_cases(scene: Scene) -> dict[Reason, str]:
    """One contact per reason to skip: reason → address."""
    w = scene.workspace
    Suppression.objects.create(workspace=w, value="sup@buyers.example", reason="manual")
    scene.contact("sup@buyers.example")
    Suppression.objects.create(workspace=w, kind="domain", value="other.example", reason="manual")
    scene.contact("x@other.example")
    scene.contact("gone@buyers.example", subscribed=False)
    said_no = scene.contact("no@buyers.example")
    Consent.objects.create(workspace=w, contact=said_no, basis="customer", granted=True)
    Consent.objects.create(workspace=w, contact=said_no, basis="customer", granted=False)
    MailDomain.objects.create(name="null.example", status="null_mx", checked_at=clock.now())
    scene.contact("x@null.example")
    return {
        Reason.SUPPRESSED_ADDRESS: "sup@buyers.example",
        Reason.SUPPRESSED_DOMAIN: "x@other.example",
        Reason.NOT_SUBSCRIBED: "gone@buyers.example",
        Reason.CONSENT_WITHDRAWN: "no@buyers.example",
        Reason.NO_MAIL_SERVER: "x@null.example",
    }


def test_the_gate_skips_with_its_reason(scene: Scene) -> None:
    expected = gate_cases(scene)
    scene.contact("yes@buyers.example")
    origin = scene.origin()
    planning.plan(origin, scene.everybody())
    found = dict(Message.objects.filter(origin=origin).values_list("email", "reason"))
    assert found == {email: reason.value for reason, email in expected.items()} | {"yes@buyers.example": ""}


def test_the_forecast_tells_what_planning_does_and_writes_nothing(scene: Scene) -> None:
    expected = gate_cases(scene)
    scene.contact("yes@buyers.example")
    scene.contact("late@unknown.example")
    forecast = planning.forecast(scene.workspace.pk, scene.everybody(), [scene.audience.pk])
    assert forecast.by_provider == {"gmail": 1, "unknown": 1}
    assert forecast.skipped == dict.fromkeys(expected, 1)
    assert (forecast.total, forecast.sendable) == (7, 2)
    assert not Message.objects.exists()


def test_a_contact_of_another_workspace_is_never_planned(scene: Scene) -> None:
    mine = scene.contact()
    query = scene.everybody()
    origin = scene.origin()
    type(scene.workspace).objects.create(name="Else", slug="else")
    mine.workspace = type(scene.workspace).objects.get(slug="else")
    mine.save(update_fields=["workspace"])
    wide = type(query)("SELECT id FROM audience_contact", {})
    assert planning.plan(origin, wide) == planning.Planned(0, 0)


def test_an_origin_has_lanes_for_every_provider(scene: Scene) -> None:
    origin = scene.origin(lifetime=timedelta(minutes=5))
    assert origin.domain.lanes.filter(provider__in=["gmail", "other", "qq"]).count() == 3


def test_the_people_behind_the_forecast_are_as_many_as_it_counts(scene: Scene) -> None:
    expected = gate_cases(scene)
    more = [scene.contact(f"no{n}@other.example") for n in range(4)]
    scene.contact("yes@buyers.example")
    lists = [scene.audience.pk]
    forecast = planning.forecast(scene.workspace.pk, scene.everybody(), lists)
    for reason, count in forecast.skipped.items():
        found = planning.skipped_contacts(scene.workspace.pk, scene.everybody(), lists, reason)
        assert len(found) == count
        assert {one.reason for one in found} == {reason}
        emails = set(Contact.objects.in_bulk([one.contact_id for one in found]).values())
        assert expected[reason] in {contact.email for contact in emails}
    assert forecast.skipped[Reason.SUPPRESSED_DOMAIN] == 1 + len(more)
    everybody: list[planning.Skipped] = []
    while page := planning.skipped_contacts(
        scene.workspace.pk,
        scene.everybody(),
        lists,
        after=everybody[-1].contact_id if everybody else 0,
        size=2,
    ):
        everybody += page
    assert len({one.contact_id for one in everybody}) == len(everybody) == sum(forecast.skipped.values())


def test_nobody_of_another_workspace_is_behind_the_forecast(scene: Scene) -> None:
    gate_cases(scene)
    wide = Query("SELECT id FROM audience_contact", {})
    assert planning.skipped_contacts(scene.workspace.pk + 1, wide, []) == []

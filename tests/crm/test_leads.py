"""People who answer become leads; machines and people who want to be left alone do not."""

from typing import Any

import pytest

from tests.signals.scene import Scene, project
from tradewind.accounts.models import Membership, User
from tradewind.audience.models import Company
from tradewind.core import clock
from tradewind.crm.models import Lead
from tradewind.crm.projectors import PROJECTORS
from tradewind.crm.words import LeadState
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Message
from tradewind.ledger.projectors import rebuild
from tradewind.ledger.words import EventType


def answer(message: Message, type_: EventType = EventType.REPLIED, **data: Any) -> None:
    record(
        [
            NewEvent(
                message.workspace_id,
                type_,
                clock.now(),
                origin_id=message.origin_id,
                message_id=message.pk,
                contact_id=message.contact_id,
                data=data,
            )
        ]
    )
    project(PROJECTORS)


def test_an_answer_makes_a_lead_and_the_next_one_updates_it(scene: Scene) -> None:
    first, second = scene.message(), None
    answer(first)
    lead = Lead.objects.get()
    assert (lead.contact_id, lead.state, lead.replies, lead.message_id) == (
        first.contact_id,
        "new",
        1,
        first.pk,
    )
    lead.move(LeadState.WORKING)
    second = scene.message(origin=scene.sending.origin())
    second.contact = first.contact
    second.save(update_fields=["contact"])
    answer(second)
    lead.refresh_from_db()
    assert (lead.state, lead.replies, lead.message_id) == ("working", 2, second.pk)
    assert lead.last_reply_at is not None


def test_automatic_answers_and_wishes_are_no_leads(scene: Scene) -> None:
    answer(scene.message(), EventType.AUTO_REPLIED)
    answer(scene.message(), wish="unsubscribe")
    answer(scene.message(), EventType.CLICKED, verdict="person")
    assert Lead.objects.count() == 0


def test_the_owner_of_the_company_owns_the_lead(scene: Scene) -> None:
    owner = User.objects.get(email="owner@lantern.example")
    company = Company.objects.create(workspace=scene.sending.workspace, name="Buyers GmbH", owner=owner)
    answer(scene.message(company=company))
    assert Lead.objects.get().owner == owner


def test_building_again_keeps_what_people_decided(scene: Scene) -> None:
    message = scene.message()
    answer(message)
    answer(message)
    lead = Lead.objects.get()
    lead.move(LeadState.WON)
    rebuild(PROJECTORS[0])
    project(PROJECTORS)
    lead.refresh_from_db()
    assert (lead.state, lead.replies) == ("won", 2)


def test_only_members_own_leads(scene: Scene) -> None:
    answer(scene.message())
    lead = Lead.objects.get()
    stranger = User.objects.create_user("stranger@x.example", "x")
    with pytest.raises(ValueError, match="member"):
        lead.assign(stranger)
    Membership.objects.create(workspace=scene.sending.workspace, user=stranger, role="sales")
    assert lead.assign(stranger)
    assert not lead.assign(stranger)
    assert lead.assign(None)
    assert not lead.move(LeadState.NEW)

"""A campaign from the draft to its report, by program."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.api.conftest import Caller, Keys, World, person
from tests.cast import Cast
from tests.insights.scene import make_sender, make_stage
from tradewind.accounts.models import AuditEntry
from tradewind.audience import subscriptions, suppression
from tradewind.audience.models import SuppressionReason
from tradewind.core import clock
from tradewind.ledger import planning
from tradewind.ledger.models import Message, Origin
from tradewind.ledger.words import EventType, OriginKind
from tradewind.outreach import audience, campaigns
from tradewind.outreach.models import Campaign
from tradewind.senders.models import SendingDomain


def got(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def test_the_whole_way(keys: Keys, world: World) -> None:
    draft = {
        "name": "Spring lanterns 春季",
        "audience": {"lists": [world.audience.pk]},
        "content": {"template": world.template.pk, "sender": world.sender.pk},
    }
    made = got(keys.bob("POST", "/campaigns", draft, Idempotency_Key="c1"), 201)
    path = f"/campaigns/{made['id']}"
    assert made["lists"] == [world.audience.pk]

    check = got(keys.dora("GET", f"{path}/check"))
    assert (check["can_start"], check["people"], check["audience"]) == (True, 1, 1), check
    assert check["providers"][0]["provider"] == "gmail"
    assert keys.dora("GET", f"{path}/report").status_code == 409

    started = got(keys.bob("POST", f"{path}/start", Idempotency_Key="s1"))
    assert started["state"] == "planning"
    assert got(keys.bob("POST", f"{path}/start", Idempotency_Key="s1")) == started
    assert keys.bob("POST", f"{path}/start", Idempotency_Key="s2").status_code == 409
    assert Origin.objects.filter(name="Spring lanterns 春季").count() == 1

    campaign = Campaign.objects.get(pk=made["id"])
    assert campaign.origin is not None
    planning.plan(campaign.origin, audience.of(campaign).query())  # the job
    assert got(keys.dora("GET", path))["state"] == "sending"
    paused = got(keys.bob("POST", f"{path}/pause", {"why": "Wrong price"}))
    assert (paused["state"], paused["state_reason"]) == ("paused", "Wrong price")
    assert got(keys.bob("POST", f"{path}/resume"))["state"] == "sending"
    cancelled = got(keys.bob("POST", f"{path}/cancel"))
    assert (cancelled["skipped"], cancelled["campaign"]["state"]) == (1, "cancelled")
    assert cancelled["campaign"]["state_reason"] == "marketer key"
    assert keys.bob("POST", f"{path}/resume").status_code == 409
    assert keys.bob("DELETE", path).status_code == 409

    actions = AuditEntry.objects.filter(target=f"campaign:{campaign.pk}").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        f"campaign.{what}" for what in ("created", "started", "paused", "resumed", "cancelled")
    ]
    assert {entry.api_key.name for entry in actions if entry.api_key} == {"marketer key"}


def test_what_blocks_is_said_and_nothing_starts(keys: Keys, world: World) -> None:
    SendingDomain.objects.update(state=SendingDomain.State.PENDING)
    answer = keys.bob("POST", f"/campaigns/{world.campaign.pk}/start")
    problem = got(answer, 409)
    assert problem["type"].endswith(":campaign_blocked")
    assert [error["code"] for error in problem["errors"]] == ["domain_unauthenticated"]
    assert problem["errors"][0]["where"] == f"domain:{world.sender.domain_id}"
    assert got(keys.bob("GET", f"/campaigns/{world.campaign.pk}"))["state"] == "draft"
    assert not AuditEntry.objects.filter(action="campaign.started").exists()


def test_a_time_needs_its_zone_and_must_come(keys: Keys, world: World) -> None:
    path = f"/campaigns/{world.campaign.pk}/schedule"
    naive = got(keys.bob("POST", path, {"at": "2030-01-01T09:00:00"}), 422)
    assert naive["errors"][0]["code"] == "timezone_aware"
    assert keys.bob("POST", path, {"at": "2020-01-01T09:00:00Z"}).status_code == 409
    at = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    shifted = (at + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00")
    found = got(keys.bob("POST", path, {"at": shifted}))
    assert (found["state"], found["scheduled_at"]) == ("scheduled", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert got(keys.bob("POST", f"/campaigns/{world.campaign.pk}/unschedule"))["state"] == "draft"


def test_figures_and_the_messages_behind_them(keys: Keys, cast: Cast) -> None:
    stage = make_stage(cast.workspace, make_sender(cast.workspace))
    campaign = campaigns.create(cast.workspace, "Sent")
    campaign.state, campaign.origin = Campaign.State.SENDING, stage.origin
    campaign.save(update_fields=["state", "origin"])
    messages = [stage.message("gmail") for _ in range(4)] + [stage.message("qq")]
    for message in messages:
        stage.happens(message, EventType.QUEUED)
    for message in messages[:3]:
        stage.happens(message, EventType.ACCEPTED, 1)
    refused = {
        "code": 550,
        "status": "5.1.1",
        "text": "no such user",
        "fault": "recipient",
        "persistence": "permanent",
    }
    stage.happens(messages[3], EventType.REFUSED, 1, reason="gone", rule="gone", **refused)
    stage.flush()
    stage.opens(messages[0], 2, "person", 1)
    stage.clicks(messages[0], 3, "person", 2)
    stage.project()

    path = f"/campaigns/{campaign.pk}"
    funnel = got(keys.dora("GET", f"{path}/report"))["funnel"]
    assert [
        funnel[n] for n in ("planned", "accepted", "refused", "queued", "opened_human", "clicked_human")
    ] == [5, 3, 1, 1, 1, 1]
    for step in ("accepted", "refused", "opened_human", "clicked_human", "planned"):
        behind = got(keys.dora("GET", f"{path}/messages?step={step}&limit=500"))["items"]
        assert len(behind) == funnel[step], step
    parts = got(keys.dora("GET", f"{path}/report/providers"))["items"]
    assert [(p["provider"], p["funnel"]["planned"]) for p in parts] == [("gmail", 4), ("qq", 1)]
    causes = got(keys.dora("GET", f"{path}/report/refusals"))["items"]
    assert [(c["code"], c["status"], c["fault"], c["count"]) for c in causes] == [
        (550, "5.1.1", "recipient", 1)
    ]
    assert got(keys.dora("GET", f"{path}/messages?status=5.1.1&code=550"))["items"][0]["id"] == messages[3].pk
    timeline = got(keys.dora("GET", f"{path}/report/timeline"))
    assert sum(timeline["series"]["accepted"]) == 3
    assert timeline["starts"][0].endswith("Z")
    clicked = got(keys.dora("GET", f"{path}/report/links"))["items"]
    assert [(link["url"], link["human"]) for link in clicked] == [("https://lantern.example/catalogue", 1)]
    assert len(got(keys.dora("GET", f"{path}/messages?link={stage.link.pk}"))["items"]) == 1
    assert keys.dora("GET", f"{path}/messages?step=vanished").status_code == 422

    trace = got(keys.dora("GET", f"/messages/{messages[0].pk}/trace"))
    assert [m["kind"] for m in trace["moments"]] == ["queued", "accepted", "opened", "clicked"]
    assert trace["message"]["steps"].keys() >= {"accepted", "opened_human", "clicked_human"}
    assert trace["message_id"].startswith("<")


def test_a_test_mail_goes_through_the_ledger(keys: Keys, world: World) -> None:
    body = {"sender": world.sender.pk, "email": "Alice@Buyers.example", "contact": world.contact.pk}
    found = got(keys.bob("POST", f"/templates/{world.template.pk}/test", body), 202)
    message = Message.objects.get(pk=found["message_id"])
    assert (message.email, message.state, message.origin.kind) == (
        "alice@buyers.example",
        "queued",
        OriginKind.TEST,
    )
    assert message.values is not None
    assert message.values["first_name"] == "Anna"
    assert message.origin.expires_at > clock.now()
    listed = got(keys.dora("GET", "/messages?kind=test"))["items"]
    assert [one["id"] for one in listed] == [message.pk]
    assert ProcrastinateJob.objects.get(task_name="senders.resolve").args == {"names": ["buyers.example"]}
    got(keys.bob("PATCH", f"/templates/{world.template.pk}", {"mjml": "<mjml><mj-body>{{ nmae }"}))
    broken = got(keys.bob("POST", f"/templates/{world.template.pk}/test", body), 422)
    assert broken["type"].endswith(":template_broken")
    assert broken["errors"]
    SendingDomain.objects.update(state=SendingDomain.State.PENDING, checks=[])
    refused = got(keys.bob("POST", f"/templates/{world.template.pk}/test", body), 409)
    assert refused["type"].endswith(":domain_not_ready")
    assert {error["code"] for error in refused["errors"]} >= {"spf", "dmarc"}
    assert Message.objects.filter(origin__kind=OriginKind.TEST).count() == 1


def test_deleting_a_draft(keys: Keys, world: World) -> None:
    copy = got(keys.bob("POST", f"/campaigns/{world.campaign.pk}/duplicate"), 201)
    assert copy["lists"] == [world.audience.pk]
    assert keys.bob("DELETE", f"/campaigns/{copy['id']}").status_code == 204
    assert Caller(keys.bob.key)("GET", f"/campaigns/{copy['id']}").status_code == 404


def test_the_contacts_behind_skipped(keys: Keys, world: World) -> None:
    skipped = [world.contact.pk]
    for number in range(4):
        contact = person(world.campaign.workspace, f"no{number}@buyers.example")
        subscriptions.subscribe(world.audience, [contact.pk])
        skipped.append(contact.pk)
        suppression.suppress(contact.workspace_id, contact.email_key, SuppressionReason.MANUAL)
    subscriptions.unsubscribe(world.contact.pk)  # off the lists: no longer of the audience at all
    skipped.remove(world.contact.pk)
    path = f"/campaigns/{world.campaign.pk}/check"
    counts = {part["reason"]: part["count"] for part in got(keys.dora("GET", path))["skipped"]}
    assert counts == {"suppressed_address": 4}
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = keys.dora("GET", f"{path}/skipped?reason=suppressed_address&limit=3&cursor={cursor}")
        part = got(answer)
        seen += [item["contact"]["id"] for item in part["items"]]
        assert {item["reason"] for item in part["items"]} == {"suppressed_address"}
        cursor = part["next"]
        assert ("Link" in answer) == (cursor is not None)
    assert seen == skipped
    assert got(keys.dora("GET", f"{path}/skipped?reason=consent_withdrawn"))["items"] == []
    assert keys.dora("GET", f"{path}/skipped?cursor=x").status_code == 400
    assert keys.charlie("GET", f"{path}/skipped").status_code == 404
    started = got(keys.dora("GET", f"/campaigns/{world.started.pk}/check/skipped"), 409)
    assert started["type"].endswith(":started")

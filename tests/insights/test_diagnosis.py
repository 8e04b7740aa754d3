"""Findings: each rule speaks when the figures carry it, and is silent when they do not."""

from datetime import timedelta

import time_machine
from django.utils import translation

from tests.cast import Cast
from tests.insights.scene import START, Stage, make_stage
from tradewind.audience.models import Consent, ConsentBasis, Contact, Import
from tradewind.insights.diagnosis import Finding, Weight, diagnose
from tradewind.ledger.words import EventType

LATER = START + timedelta(days=3)
BLOCK = {
    "reason": "outlook-block",
    "fault": "reputation",
    "code": 550,
    "status": "5.7.1",
    "text": "blocked using S3150",
}
GONE = {
    "reason": "user-unknown",
    "fault": "recipient",
    "code": 550,
    "status": "5.1.1",
    "text": "no such user",
}


def accepted(stage: Stage, count: int, provider: str = "gmail", opened: int = 0, clicked: int = 0) -> None:
    for number in range(count):
        message = stage.message(provider)
        stage.happens(message, EventType.QUEUED)
        stage.happens(message, EventType.ACCEPTED, 1)
        if number < opened:
            stage.opens(message, 30, "person", hit=message.pk)
        if number < clicked:
            stage.clicks(message, 31, "person", hit=message.pk + 10**6)


def findings(stage: Stage) -> dict[str, Finding]:
    stage.project()
    with time_machine.travel(LATER):
        return {finding.code: finding for finding in diagnose(stage.origin)}


def test_a_healthy_campaign_has_no_findings(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    accepted(stage, 120, opened=50, clicked=12)
    assert findings(stage) == {}


def test_blocked(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    for _ in range(4):
        message = stage.message("outlook")
        stage.happens(message, EventType.QUEUED)
        stage.happens(message, EventType.REFUSED, 1, **BLOCK)
    found = findings(stage)["blocked"]
    assert found.weight is Weight.ACT
    assert "S3150" in found.evidence
    assert found.door == {"step": "refused", "reason": "outlook-block"}


def test_dead_addresses_name_the_import_they_came_from(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    source = Import.objects.create(workspace=cast.workspace, file_name="canton-2023.csv", path="x")
    for number in range(20):
        contact = Contact.objects.create(
            workspace=cast.workspace,
            email=f"x{number}@a.example",
            email_key=f"x{number}@a.example",
            mail_domain="a.example",
        )
        Consent.objects.create(
            workspace=cast.workspace, contact=contact, basis=ConsentBasis.CARD_AT_FAIR, source_import=source
        )
        message = stage.message("other", contact)
        stage.happens(message, EventType.QUEUED)
        stage.happens(
            message,
            EventType.REFUSED if number < 8 else EventType.ACCEPTED,
            1,
            **(GONE if number < 8 else {}),
        )
    accepted(stage, 30)
    found = findings(stage)["dead_addresses"]
    assert "canton-2023.csv" in found.cause
    assert (found.place, found.target) == ("import", source.pk)
    assert "8 of 20" in found.evidence


def test_one_dead_address_of_three_is_no_alarm(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    message = stage.message()
    stage.happens(message, EventType.REFUSED, 1, **GONE)
    accepted(stage, 2)
    assert "dead_addresses" not in findings(stage)


def test_low_opens_at_one_provider_point_at_the_spam_folder(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    accepted(stage, 80, "gmail", opened=40, clicked=8)
    accepted(stage, 60, "outlook", opened=2)
    found = findings(stage)
    assert found["low_opens_at_one"].door["provider"] == "outlook"
    assert "low_opens" not in found


def test_low_opens_everywhere_point_at_the_subject(cast: Cast) -> None:
    with time_machine.travel(LATER):
        usual = make_stage(cast.workspace, name="Before")
        accepted(usual, 200, opened=100, clicked=20)
        usual.project()
    stage = make_stage(cast.workspace, name="Now")
    stage.read = usual.read
    accepted(stage, 150, opened=30, clicked=5)
    assert "subject" in findings(stage)["low_opens"].cause


def test_opened_and_not_clicked_points_at_the_content(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    version = stage.origin.version
    version.html = '<img src="a"><img src="b"><img src="c"><a href="https://lantern.example">x</a>'
    version.save(update_fields=["html"])
    accepted(stage, 200, opened=100, clicked=0)
    found = findings(stage)["no_clicks"]
    assert "3 pictures" in found.evidence
    assert found.place == "template"


def test_complaints_unsubscribes_unknowns_and_skips(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    accepted(stage, 100, opened=40, clicked=10)
    for message in stage.messages[:3]:
        stage.happens(message, EventType.COMPLAINED, 40)
    for message in stage.messages[10:16]:
        stage.happens(message, EventType.UNSUBSCRIBED, 40)
    stage.happens(stage.message(), EventType.UNKNOWN, 2)
    for _ in range(40):
        stage.happens(stage.message(), EventType.SKIPPED, 0, reason="suppressed_address")
    found = findings(stage)
    assert {"complaints", "unsubscribes", "unknowns", "many_skipped"} <= set(found)
    assert next(iter(found)) == "complaints"  # the most urgent comes first
    assert "suppression list" in found["many_skipped"].evidence


def test_deferrals_quote_the_server(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    for _ in range(12):
        message = stage.message("yahoo")
        stage.happens(message, EventType.QUEUED)
        stage.happens(message, EventType.DEFERRED, 1, text="[TSS04] temporarily deferred")
    assert "TSS04" in findings(stage)["deferring"].evidence


def test_findings_speak_chinese(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    stage.happens(stage.message(), EventType.UNKNOWN, 2)
    with translation.override("zh-hans"):
        found = findings(stage)["unknowns"]
    assert "不" in found.cause

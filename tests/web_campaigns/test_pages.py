"""Every campaign page: who may see it, that it says the right thing, and that its figures are doors."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cast import Cast, assert_private
from tests.outreach.scene import make_campaign, make_list, make_template, subscribe
from tests.web_campaigns.scene import finished, started
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign

State = Campaign.State


def test_the_empty_list_teaches(cast: Cast) -> None:
    page = cast.client(cast.bob).get(cast.url("campaigns:index"))
    assert b"Make the first campaign" in page.content
    assert b"Make the first campaign" not in cast.client(cast.dora).get(cast.url("campaigns:index")).content


def test_who_sees_what(cast: Cast) -> None:
    draft = make_campaign(cast.workspace, name="Draft")
    done, stage = finished(cast)
    for name, args in (
        ("index", ()),
        ("report", (done.pk,)),
        ("live", (done.pk,)),
        ("messages", (done.pk,)),
        ("export", (done.pk,)),
        ("message", (stage.messages[2].pk,)),
        ("postmaster", (stage.messages[2].pk,)),
        ("check", (draft.pk,)),
        ("preview", (draft.pk,)),
    ):
        assert_private(cast, cast.url(f"campaigns:{name}", *args))
    for name in ("audience", "content"):
        assert_private(cast, cast.url(f"campaigns:{name}", draft.pk), allowed=("alice", "bob"))
    assert_private(cast, cast.url("campaigns:new"), allowed=("alice", "bob"))
    assert_private(cast, cast.url("campaigns:send", draft.pk), allowed=("alice", "bob"))


@pytest.mark.parametrize(
    "action", ["pause", "resume", "cancel", "unschedule", "duplicate", "delete", "rename"]
)
def test_changes_are_for_those_who_may(cast: Cast, action: str) -> None:
    campaign = make_campaign(cast.workspace)
    url = cast.url(f"campaigns:{action}", campaign.pk)
    assert cast.client(cast.charlie).post(url).status_code == 404
    for somebody in (cast.sam, cast.dora):
        assert cast.client(somebody).post(url).status_code == 403
    assert cast.client(cast.bob).get(url).status_code == 405
    assert Campaign.objects.count() == 1


def test_rows_of_another_workspace_are_not_found_through_ours(cast: Cast) -> None:
    theirs = make_campaign(cast.elsewhere, name="Theirs")
    client = cast.client(cast.alice)
    for name in ("report", "check", "messages", "audience"):
        assert client.get(cast.url(f"campaigns:{name}", theirs.pk)).status_code == 404
    assert client.post(cast.url("campaigns:duplicate", theirs.pk)).status_code == 404


def test_the_wizard_from_the_name_to_the_start(cast: Cast) -> None:
    ready = make_campaign(cast.workspace, people=3, name="Other")
    (list_,), template, sender = ready.lists.all(), ready.template, ready.sender
    assert template is not None
    assert sender is not None
    client = cast.client(cast.bob)
    answer = client.post(cast.url("campaigns:new"), {"name": "Hannover fair"})
    campaign = Campaign.objects.get(name="Hannover fair")
    assert answer["Location"] == cast.url("campaigns:audience", campaign.pk)
    answer = client.post(answer["Location"], {"lists": [list_.pk]})
    assert answer["Location"] == cast.url("campaigns:content", campaign.pk)
    answer = client.post(answer["Location"], {"template": template.pk, "sender": sender.pk})
    assert answer["Location"] == cast.url("campaigns:check", campaign.pk)
    page = client.get(answer["Location"])
    assert b"Send to 3 people" in page.content
    assert b"Nothing is wrong" not in page.content or not page.context["problems"]
    page = client.get(cast.url("campaigns:send", campaign.pk))
    assert b"Send to 3 people" in page.content
    answer = client.post(cast.url("campaigns:send", campaign.pk), {"when": "now", "lifetime_hours": 48})
    assert answer["Location"] == cast.url("campaigns:report", campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.lifetime_hours, campaign.created_by) == (State.PLANNING, 48, cast.bob)
    assert cast.workspace.audit_entries.filter(action="campaign.started", actor=cast.bob).exists()


def test_a_draft_saves_itself_while_one_chooses(cast: Cast) -> None:
    campaign = campaigns.create(cast.workspace, "Draft")
    list_ = make_list(cast.workspace, 12)
    client = cast.client(cast.bob)
    part = client.post(
        cast.url("campaigns:audience", campaign.pk), {"lists": [list_.pk]}, headers={"HX-Request": "true"}
    )
    assert part.status_code == 200
    assert b">12<" in part.content
    assert b"<html" not in part.content
    assert list(campaign.lists.all()) == [list_]
    assert b"checked" in client.get(cast.url("campaigns:audience", campaign.pk)).content


def test_lists_and_templates_of_others_cannot_be_smuggled_in(cast: Cast) -> None:
    campaign = campaigns.create(cast.workspace, "Draft")
    theirs, template = make_list(cast.elsewhere), make_template(cast.elsewhere)
    client = cast.client(cast.bob)
    client.post(cast.url("campaigns:audience", campaign.pk), {"lists": [theirs.pk]})
    client.post(cast.url("campaigns:content", campaign.pk), {"template": template.pk})
    campaign.refresh_from_db()
    assert not campaign.lists.exists()
    assert campaign.template is None


def test_the_check_says_what_blocks_and_has_no_green_button_then(cast: Cast) -> None:
    campaign = campaigns.create(cast.workspace, "Empty")
    client = cast.client(cast.bob)
    page = client.get(cast.url("campaigns:check", campaign.pk))
    assert b"No list is chosen" in page.content
    assert cast.url("campaigns:send", campaign.pk).encode() not in page.content.partition(b'id="check"')[2]
    assert client.get(cast.url("campaigns:send", campaign.pk))["Location"] == cast.url(
        "campaigns:check", campaign.pk
    )


def test_the_check_looks_up_what_it_does_not_know_and_polls(cast: Cast) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    campaign = make_campaign(cast.workspace)
    (list_,) = campaign.lists.all()
    subscribe(list_, "news.example")
    client = cast.client(cast.bob)
    for _ in range(2):
        page = client.get(cast.url("campaigns:check", campaign.pk))
        assert b'hx-trigger="every 1s"' in page.content
    assert (
        ProcrastinateJob.objects.filter(
            task_name="outreach.look_up_domains", args__campaign_id=campaign.pk
        ).count()
        == 1
    )


def test_scheduling_and_taking_it_back(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    client = cast.client(cast.alice)  # her zone is Asia/Shanghai
    past = {"when": "later", "at": "2020-01-01T10:00", "lifetime_hours": 24}
    assert "passed" in client.post(cast.url("campaigns:send", campaign.pk), past).content.decode()
    at = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT10:00")
    client.post(cast.url("campaigns:send", campaign.pk), {"when": "later", "at": at, "lifetime_hours": 24})
    campaign.refresh_from_db()
    assert campaign.state == State.SCHEDULED
    assert campaign.scheduled_at is not None
    assert campaign.scheduled_at.strftime("%H:%M") == "02:00"
    assert b"Starts by itself" in client.get(cast.url("campaigns:report", campaign.pk)).content
    client.post(cast.url("campaigns:unschedule", campaign.pk))
    campaign.refresh_from_db()
    assert campaign.state == State.DRAFT


def test_a_running_campaign_polls_and_reloads_when_its_state_changes(cast: Cast) -> None:
    campaign, _ = started(cast)
    client = cast.client(cast.bob)
    page = client.get(cast.url("campaigns:report", campaign.pk))
    assert b'hx-trigger="every 1s"' in page.content
    live = cast.url("campaigns:live", campaign.pk)
    assert client.get(live, {"state": "sending"}).status_code == 200
    client.post(cast.url("campaigns:pause", campaign.pk))
    assert client.get(live, {"state": "sending"})["HX-Refresh"] == "true"
    page = client.get(cast.url("campaigns:report", campaign.pk))
    assert b"Paused by Bob Wang" in page.content
    client.post(cast.url("campaigns:resume", campaign.pk))
    client.post(cast.url("campaigns:cancel", campaign.pk))
    campaign.refresh_from_db()
    assert campaign.state == State.CANCELLED


def test_the_report_speaks_and_every_figure_opens_as_many(cast: Cast) -> None:
    import re

    campaign, _ = finished(cast)
    client = cast.client(cast.bob)
    page = client.get(cast.url("campaigns:report", campaign.pk)).content.decode()
    assert "3 of 4 were accepted." in page
    assert "not measurable yet" in page
    assert "by machines only" in page
    assert "no such &lt;b&gt;user&lt;/b&gt;" in page
    doors = set(re.findall(r'href="(/w/[^"]*/messages/\?[^"]*)"[^>]*>([\d,]+)<', page))
    assert len(doors) > 12
    for url, number in doors:
        opened = client.get(url.replace("&amp;", "&"))
        assert opened.context["total"] == int(number.replace(",", "")), url


def test_filters_that_mean_nothing_are_left_out(cast: Cast) -> None:
    campaign, _ = finished(cast)
    url = cast.url("campaigns:messages", campaign.pk)
    query = {"step": "no-such", "code": "٣", "after": "x", "link": "9" * 40, "q": "\0%_"}
    assert cast.client(cast.bob).get(url, query).status_code == 200


def test_the_list_of_messages_pages_by_key(cast: Cast) -> None:
    from tradewind.web.campaigns.views import doors

    campaign, stage = started(cast, people=7)
    doors.PER_PAGE, before = 3, doors.PER_PAGE
    try:
        client, seen, url = cast.client(cast.bob), [], cast.url("campaigns:messages", campaign.pk)
        while url:
            page = client.get(url)
            seen += [row.message.pk for row in page.context["rows"]]
            url = (
                f"{cast.url('campaigns:messages', campaign.pk)}?{page.context['next']}"
                if page.context["next"]
                else ""
            )
    finally:
        doors.PER_PAGE = before
    assert seen == [message.pk for message in stage.messages]


def test_the_export_is_harmless_to_spreadsheets(cast: Cast) -> None:
    campaign, stage = finished(cast)
    contact = stage.messages[0].contact
    assert contact is not None
    contact.first_name = "=HYPERLINK(1)"
    contact.save(update_fields=["first_name"])
    answer = cast.client(cast.bob).get(cast.url("campaigns:export", campaign.pk), {"step": "accepted"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 4
    assert "'=HYPERLINK(1)" in lines[1]


def test_the_trace_tells_the_whole_journey(cast: Cast) -> None:
    _, stage = finished(cast)
    client = cast.client(cast.bob)
    refused = client.get(cast.url("campaigns:message", stage.messages[2].pk)).content.decode()
    for words in (
        "Planned.",
        "Attempt 1 at mx.buyer.example",
        "RCPT TO:&lt;x@buyer.example&gt;",
        "does not exist",
        "refused it",
    ):
        assert words in refused
    read = client.get(cast.url("campaigns:message", stage.messages[0].pk)).content.decode()
    for words in (
        "Answered by a person.",
        "accepted it",
        "The pictures were loaded.",
        "A person",
        "A link was followed.",
    ):
        assert words in read
    machine = client.get(cast.url("campaigns:message", stage.messages[1].pk)).content.decode()
    assert "whether a person has read it is not known" in machine


def test_the_text_for_a_postmaster_is_english_and_keeps_the_reader_s_doings_out(cast: Cast) -> None:
    cast.bob.language = "zh-hans"
    cast.bob.save(update_fields=["language"])
    _, stage = finished(cast)
    text = cast.client(cast.bob).get(cast.url("campaigns:postmaster", stage.messages[0].pk)).content.decode()
    assert text.startswith("Message-ID: <")
    assert text.isascii()
    assert "pictures" not in text


def test_pages_speak_chinese(cast: Cast) -> None:
    cast.bob.language = "zh-hans"
    cast.bob.save(update_fields=["language"])
    campaign, stage = finished(cast)
    client = cast.client(cast.bob)
    for name, pk, words in (
        ("index", None, "群发"),
        ("report", campaign.pk, "已接收"),
        ("messages", campaign.pk, "封"),
        ("message", stage.messages[2].pk, "拒收"),
    ):
        page = client.get(cast.url(f"campaigns:{name}", *([pk] if pk else []))).content.decode()
        assert words in page, name


def test_every_place_that_pages_lead_to_exists(cast: Cast) -> None:
    """An address that another area no longer has would silently lose its button."""
    from tradewind.web.campaigns.places import NAMES, link

    with_number = {"template", "domain", "import", "contact"}
    for name in NAMES:
        assert link(cast.access(), name, *([1] if name in with_number else [])), name

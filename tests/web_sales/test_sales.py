"""Conversations and leads: who may see and change them, and what they show."""

import pytest
from django.test import Client

from tests.cast import Cast, assert_private
from tests.web_sales.conftest import EVIL, Desk
from tradewind.accounts.models import AuditEntry, User
from tradewind.crm.models import Lead
from tradewind.signals.inbound.act import receive


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_private(cast: Cast, desk: Desk) -> None:
    for url in (
        cast.url("sales:conversations"),
        cast.url("sales:thread", desk.reply.pk),
        cast.url("sales:source", desk.reply.pk),
        cast.url("sales:leads"),
    ):
        assert_private(cast, url)


def test_nobody_reads_another_workspaces_mail(cast: Cast, desk: Desk) -> None:
    client = cast.client(cast.charlie)
    for name in ("sales:thread", "sales:source"):
        assert client.get(cast.url(name, desk.reply.pk, workspace=cast.elsewhere)).status_code == 404
    url = cast.url("sales:change_lead", desk.lead.pk, workspace=cast.elsewhere)
    assert client.post(url, {"state": "won"}).status_code == 404


def test_answers_and_automatic_replies_are_kept_apart(cast: Cast, desk: Desk) -> None:
    client = cast.client(cast.alice)
    answers = page(client, cast.url("sales:conversations"))
    assert "Please send 500 pieces." in answers
    assert "Spring lanterns" in answers
    assert "I am away" not in answers
    automatic = page(client, cast.url("sales:conversations", show="automatic"))
    assert "I am away until Monday." in automatic
    assert "500 pieces" not in automatic


def test_what_a_stranger_wrote_is_text_and_never_a_page(cast: Cast, desk: Desk) -> None:
    client = cast.client(cast.alice)
    for url in (
        cast.url("sales:conversations"),
        cast.url("sales:thread", desk.reply.pk),
        cast.url("sales:leads"),
    ):
        html = page(client, url)
        assert EVIL not in html
        assert "&lt;script&gt;" in html
    download = client.get(cast.url("sales:source", desk.reply.pk))
    assert download["Content-Disposition"].startswith("attachment")
    assert EVIL.encode() in download.content


def test_the_thread_tells_the_whole_story_in_order(cast: Cast, desk: Desk) -> None:
    html = page(cast.client(cast.sam), cast.url("sales:thread", desk.reply.pk))
    assert (
        html.index("Spring lanterns")
        < html.index("Please send 500 pieces.")
        < html.index("I am away until Monday.")
    )


def test_a_strangers_mail_has_a_page_and_no_lead(cast: Cast, desk: Desk) -> None:
    inbound = receive(
        "new@stranger.example", "info@lantern.example", b"From: New <new@stranger.example>\r\n\r\nPrices?\r\n"
    )
    client = cast.client(cast.alice)
    assert "Prices?" in page(client, cast.url("sales:conversations"))
    assert "not among your contacts" in page(client, cast.url("sales:thread", inbound.pk))
    client.post(cast.url("sales:make_lead", inbound.pk))
    assert Lead.objects.count() == 1


def test_sales_moves_and_assigns_a_lead(cast: Cast, desk: Desk) -> None:
    client = cast.client(cast.sam)
    back = cast.url("sales:thread", desk.reply.pk)
    response = client.post(
        cast.url("sales:change_lead", desk.lead.pk), {"state": "working", "owner": cast.sam.pk, "next": back}
    )
    assert response["Location"] == back
    desk.lead.refresh_from_db()
    assert (desk.lead.state, desk.lead.owner) == ("working", cast.sam)
    assert AuditEntry.objects.get(action="lead.changed").actor == cast.sam
    html = page(client, cast.url("sales:leads", state="working"))
    assert "Anna Schmidt" in html
    assert "Anna Schmidt" not in page(client, cast.url("sales:leads", state="won"))


def test_the_list_changes_a_lead_too(cast: Cast, desk: Desk) -> None:
    prefix = f"lead-{desk.lead.pk}"
    cast.client(cast.bob).post(
        cast.url("sales:change_lead", desk.lead.pk),
        {f"{prefix}-state": "won", f"{prefix}-owner": "", "next": "https://evil.example/"},
        follow=False,
    )
    desk.lead.refresh_from_db()
    assert desk.lead.state == "won"


def test_after_a_change_nobody_is_sent_elsewhere(cast: Cast, desk: Desk) -> None:
    url = cast.url("sales:change_lead", desk.lead.pk)
    response = cast.client(cast.bob).post(url, {"state": "won", "next": "https://evil.example/"})
    assert response["Location"] == cast.url("sales:leads")


@pytest.mark.parametrize("data", [{"state": "sold"}, {"state": "won", "owner": "stranger"}, {}])
def test_nonsense_changes_nothing(cast: Cast, desk: Desk, data: dict[str, str]) -> None:
    if data.get("owner") == "stranger":
        data = data | {"owner": str(User.objects.get(email="charlie@elsewhere.example").pk)}
    cast.client(cast.bob).post(cast.url("sales:change_lead", desk.lead.pk), data)
    desk.lead.refresh_from_db()
    assert (desk.lead.state, desk.lead.owner) == ("new", None)


def test_a_viewer_changes_nothing(cast: Cast, desk: Desk) -> None:
    client = cast.client(cast.dora)
    assert client.post(cast.url("sales:change_lead", desk.lead.pk), {"state": "won"}).status_code == 403
    assert client.post(cast.url("sales:make_lead", desk.reply.pk)).status_code == 403
    assert "<select" not in page(client, cast.url("sales:thread", desk.reply.pk)).split("<main", 1)[-1]


def test_a_lead_by_hand(cast: Cast, desk: Desk) -> None:
    desk.lead.delete()
    client = cast.client(cast.sam)
    for _ in range(2):
        client.post(cast.url("sales:make_lead", desk.reply.pk))
    assert Lead.objects.get().contact == desk.contact


def test_empty_pages_teach(cast: Cast) -> None:
    client = cast.client(cast.alice)
    assert "No answer yet" in page(client, cast.url("sales:conversations"))
    assert "No lead yet" in page(client, cast.url("sales:leads"))


def test_in_chinese(cast: Cast, desk: Desk) -> None:
    cast.alice.language = "zh-hans"
    cast.alice.save(update_fields=["language"])
    client = cast.client(cast.alice)
    assert "往来邮件" in page(client, cast.url("sales:conversations"))
    assert "商机" in page(client, cast.url("sales:leads"))

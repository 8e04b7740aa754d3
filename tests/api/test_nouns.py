"""The smaller nouns: contacts, lists, suppression, templates, senders, leads, workspace."""

import json
import socket
from typing import Any

import pytest

from tests.api.conftest import Keys, World
from tests.cast import Cast
from tradewind.accounts.models import AuditEntry
from tradewind.audience.models import Contact, List, Suppression
from tradewind.core.dns import Answer, Status
from tradewind.senders import checks
from tradewind.senders import domains as domain_rules
from tradewind.senders.models import Channel, SendingDomain


def got(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def test_a_contact_in_any_script(keys: Keys) -> None:
    sent = {
        "email": "王伟@例子.example",
        "first_name": "伟",
        "last_name": "王",
        "company": "宁波灯笼",
        "custom": {"产品": "🏮"},
    }
    made = got(keys.sam("POST", "/contacts", sent), 201)
    assert (made["company"]["name"], made["custom"], made["created_at"][-1]) == (
        "宁波灯笼",
        {"产品": "🏮"},
        "Z",
    )
    for query in ("q=王伟", "q=宁波", "email=王伟@例子.example", "email=%20王伟@xn--fsqu00a.example"):
        assert [c["id"] for c in got(keys.dora("GET", f"/contacts?{query}"))["items"]] == [made["id"]], query
    assert got(keys.dora("GET", "/contacts?q=李"))["items"] == []
    twice = got(keys.sam("POST", "/contacts", sent), 409)
    assert str(made["id"]) in twice["errors"][0]["detail"]
    changed = got(keys.sam("PATCH", f"/contacts/{made['id']}", {"country": "德国"}))
    assert (changed["country"], changed["first_name"]) == ("DE", "伟")
    assert AuditEntry.objects.get(action="contact.changed").data == {"fields": ["country"]}
    assert keys.sam("DELETE", f"/contacts/{made['id']}").status_code == 204
    assert not Contact.objects.exists()


def test_who_leaves_is_only_brought_back_by_their_own_word(keys: Keys, world: World) -> None:
    path = f"/contacts/{world.contact.pk}"
    left = got(keys.sam("POST", f"{path}/unsubscribe", {}))
    assert (left["suppression"]["reason"], left["consent"]["granted"]) == ("unsubscribed", False)
    added = got(keys.sam("POST", f"/lists/{world.audience.pk}/contacts", {"contacts": [world.contact.pk]}))
    assert added == {"added": 0}
    assert got(keys.dora("GET", f"{path}/subscriptions"))["items"][0]["state"] == "unsubscribed"
    back = got(
        keys.sam("POST", f"{path}/resubscribe", {"lists": [world.audience.pk], "basis": "single_opt_in"})
    )
    assert (back["suppression"], back["consent"]["basis"]) == (None, "single_opt_in")
    assert got(keys.dora("GET", f"/lists/{world.audience.pk}"))["members"]["subscribed"] == 1


def test_lists(keys: Keys, world: World) -> None:
    taken = got(keys.sam("POST", "/lists", {"name": "Canton Fair"}), 409)
    assert taken["errors"][0]["where"] == "body.name"
    made = got(keys.sam("POST", "/lists", {"name": "  New   buyers "}), 201)
    assert made["name"] == "New buyers"
    assert keys.sam("PATCH", f"/lists/{made['id']}", {"name": "Canton Fair"}).status_code == 409
    assert got(keys.sam("POST", f"/lists/{made['id']}/contacts", {"contacts": [world.contact.pk]})) == {
        "added": 1
    }
    assert keys.sam("POST", f"/lists/{made['id']}/contacts", {"contacts": [999_999]}).status_code == 422
    assert len(got(keys.dora("GET", f"/lists/{made['id']}/contacts"))["items"]) == 1
    assert keys.sam("DELETE", f"/lists/{made['id']}/contacts/{world.contact.pk}").status_code == 204
    assert got(keys.dora("GET", f"/contacts?list={made['id']}"))["items"] == []
    assert List.objects.count() == 2
    assert keys.dora("DELETE", f"/lists/{made['id']}").status_code == 403
    assert keys.charlie("DELETE", f"/lists/{made['id']}").status_code == 404
    assert keys.sam("DELETE", f"/lists/{made['id']}").status_code == 204
    assert keys.sam("DELETE", f"/lists/{made['id']}").status_code == 404
    world.campaign.state = "scheduled"
    world.campaign.save(update_fields=["state"])
    kept = got(keys.sam("DELETE", f"/lists/{world.audience.pk}"), 409)
    assert kept["type"].endswith(":list_in_use")
    assert "Spring lanterns" in kept["detail"]
    entries = AuditEntry.objects.filter(action="list.deleted")
    assert [(one.target, one.summary) for one in entries] == [(f"list:{made['id']}", "New buyers")]
    assert Contact.objects.filter(pk=world.contact.pk).exists()


def test_suppression_of_addresses_and_domains(keys: Keys) -> None:
    values = ["Anna@Buyers.example", "rival.example", "not @n address", "anna@buyers.example"]
    done = got(keys.sam("POST", "/suppressions", {"values": values, "note": "Asked by phone"}))
    assert (done["added"], done["known"], [r["value"] for r in done["refused"]]) == (2, 0, ["not @n address"])
    found = got(keys.dora("GET", "/suppressions?kind=domain"))["items"]
    assert [(one["value"], one["reason"]) for one in found] == [("rival.example", "manual")]
    assert keys.sam("DELETE", f"/suppressions/{found[0]['id']}").status_code == 204
    assert [s.value for s in Suppression.objects.all()] == ["anna@buyers.example"]


def test_templates(keys: Keys, world: World) -> None:
    starter = got(keys.dora("GET", "/starters"))["items"][0]["key"]
    made = got(keys.bob("POST", "/templates", {"starter": starter, "name": "春季"}), 201)
    assert made["mjml"].startswith("<mjml")
    assert keys.bob("POST", "/templates", {}).status_code == 422
    assert keys.bob("POST", "/templates", {"starter": "none"}).status_code == 422
    path = f"/templates/{made['id']}"
    assert got(keys.dora("GET", f"{path}/findings"))["can_send"] is True
    shown = got(
        keys.dora("POST", f"{path}/preview", {"contact": world.contact.pk, "sender": world.sender.pk})
    )
    assert "Anna" in shown["html"]
    got(keys.bob("PATCH", path, {"subject": "Hello {{ nmae }}"}))
    found = got(keys.dora("GET", f"{path}/findings"))
    assert found["can_send"] is False
    assert found["findings"][0]["level"] == "blocks"
    assert got(keys.bob("POST", f"{path}/archive"))["archived_at"]
    assert made["id"] not in [t["id"] for t in got(keys.dora("GET", "/templates"))["items"]]
    assert got(keys.bob("POST", f"{path}/restore"))["archived_at"] is None


def test_a_sending_domain_and_its_records(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    made = got(keys.alice("POST", "/sending-domains", {"name": "https://www.Lantern.example/"}), 201)
    assert (made["name"], made["state"]) == ("lantern.example", "pending")
    assert keys.alice("POST", "/sending-domains", {"name": "lantern.example"}).status_code == 422
    assert keys.alice("POST", "/sending-domains", {"name": "gmail.com"}).status_code == 422
    records = got(keys.dora("GET", f"/sending-domains/{made['id']}/records"))
    assert {"dkim", "spf", "dmarc"} <= {record["code"] for record in records["records"]}
    domain = SendingDomain.objects.get()
    published = {(r.name, r.type): r.value for r in domain_rules.records(domain)}

    def ask(name: str, kind: str) -> Answer:
        value = published.get((name, kind))
        return Answer(name, kind, Status.FOUND, (value,)) if value else Answer(name, kind, Status.NXDOMAIN)

    real = checks.check
    monkeypatch.setattr(checks, "check", lambda d: real(d, ask))
    results = got(keys.alice("POST", f"/sending-domains/{made['id']}/check"))
    assert next(c for c in results["checks"] if c["code"] == "dkim")["state"] == "ok", results
    assert got(keys.dora("GET", f"/sending-domains/{made['id']}/checks"))["checks"] == results["checks"]
    assert b"PRIVATE" not in keys.alice("GET", f"/sending-domains/{made['id']}").content


def test_a_channel_never_shows_its_password(keys: Keys) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    sent = {
        "name": "Relay",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "username": "u",
        "password": "s3cret",
    }
    answer = keys.alice("POST", "/channels", sent)
    made = got(answer, 201)
    assert made["has_password"] is True
    tested = keys.alice("POST", f"/channels/{made['id']}/test")
    assert (got(tested)["ok"], got(tested)["code"]) == (False, "port_closed")
    for one in (answer, tested, keys.alice("GET", "/channels"), keys.alice("GET", "/audit-log")):
        assert b"s3cret" not in one.content
    assert Channel.objects.get().password == "s3cret"
    assert got(keys.alice("GET", f"/channels/{made['id']}"))["last_test"]["ok"] is False
    assert keys.alice("POST", "/channels", {"name": "No host"}).status_code == 422
    assert keys.alice("POST", "/channels", sent).status_code == 409


def test_senders_stand_at_our_domains(keys: Keys, world: World) -> None:
    channel, domain = world.sender.channel_id, world.sender.domain.name
    assert (
        keys.alice(
            "POST", "/senders", {"name": "Li", "email": "li@gmail.com", "channel": channel}
        ).status_code
        == 422
    )
    made = got(
        keys.alice(
            "POST", "/senders", {"name": "李娜\r\nBcc: x", "email": f"li@{domain}", "channel": channel}
        ),
        201,
    )
    assert (made["name"], made["domain_id"]) == ("李娜 Bcc: x", world.sender.domain_id)
    changed = got(keys.alice("PATCH", f"/senders/{made['id']}", {"reply_to": "sales@lantern.example"}))
    assert (changed["reply_to"], changed["email"]) == ("sales@lantern.example", f"li@{domain}")


def test_leads_and_their_mails(keys: Keys, world: World, cast: Cast) -> None:
    path = f"/leads/{world.lead.pk}"
    moved = got(keys.sam("PATCH", path, {"state": "working", "owner_id": cast.sam.pk}))
    assert (moved["state"], moved["owner_id"], moved["contact"]["email"]) == (
        "working",
        cast.sam.pk,
        "anna@buyers.example",
    )
    assert keys.sam("PATCH", path, {"owner_id": cast.charlie.pk}).status_code == 422
    assert keys.sam("PATCH", path, {"state": "married"}).status_code == 422
    assert [
        one["id"] for one in got(keys.dora("GET", f"/leads?state=working&owner={cast.sam.pk}"))["items"]
    ] == [world.lead.pk]
    assert [one["text"] for one in got(keys.dora("GET", f"{path}/conversation"))["items"]] == ["你好"]


def test_the_workspace_and_who_did_what(keys: Keys, cast: Cast) -> None:
    found = got(keys.bob("GET", "/workspace"))
    assert (found["slug"], found["key"]["role"]) == (cast.workspace.slug, "marketer")
    assert {m["role"] for m in got(keys.dora("GET", "/members"))["items"]} == {
        "owner",
        "marketer",
        "sales",
        "viewer",
    }
    got(keys.bob("POST", "/lists", {"name": "One"}), 201)
    entry = got(keys.alice("GET", "/audit-log?action=list.created"))["items"][0]
    assert (entry["key"], entry["user_id"], entry["summary"]) == ("marketer key", None, "One")

"""Template pages: who may see them, and that they do what they say."""

import pytest
from django.urls import reverse

from tests.cast import Cast, assert_private
from tradewind.accounts.models import AuditEntry
from tradewind.audience.models import Contact
from tradewind.content import starting, versions
from tradewind.content.models import Template
from tradewind.core import clock
from tradewind.ledger.models import Message
from tradewind.senders import domains
from tradewind.senders.models import Channel, MailDomain, Sender, SendingDomain

EDITORS = ("alice", "bob")


@pytest.fixture
def template(cast: Cast) -> Template:
    return starting.from_starter(cast.workspace, "introduction.en", cast.alice)


@pytest.fixture
def sender(cast: Cast) -> Sender:
    domain = domains.add_domain(cast.workspace, "lantern.example")
    domain.state, domain.authenticated_at = SendingDomain.State.AUTHENTICATED, clock.now()
    domain.save(update_fields=["state", "authenticated_at"])
    channel = Channel.objects.create(workspace=cast.workspace, name="Relay", host="relay.example")
    return Sender.objects.create(
        workspace=cast.workspace, name="Li Wei", email="li@lantern.example", domain=domain, channel=channel
    )


def fields(template: Template, **changes: str) -> dict[str, str]:
    names = ("name", "subject", "preheader", "mjml", "text", "language")
    return {**{n: getattr(template, n) for n in names}, "seen": template.updated_at.isoformat(), **changes}


def test_who_may_see_what(cast: Cast, template: Template) -> None:
    version = versions.freeze(template)
    assert_private(cast, cast.url("content:index"))
    assert_private(cast, cast.url("content:edit", template.pk))
    assert_private(cast, cast.url("content:preview", template.pk))
    assert_private(cast, cast.url("content:text", template.pk))
    assert_private(cast, cast.url("content:versions", template.pk))
    assert_private(cast, cast.url("content:version", template.pk, version.number))
    assert_private(cast, cast.url("content:contacts"))
    assert_private(cast, cast.url("content:new"), allowed=EDITORS)
    assert_private(cast, cast.url("content:starter", "case.zh"), allowed=EDITORS)
    assert_private(cast, cast.url("content:test", template.pk), allowed=EDITORS)


@pytest.mark.parametrize("name", ["copy", "archive", "unarchive"])
def test_who_may_change(cast: Cast, template: Template, name: str) -> None:
    url = cast.url(f"content:{name}", template.pk)
    assert cast.client(cast.dora).post(url).status_code == 403
    assert cast.client(cast.charlie).post(url).status_code == 404
    assert cast.client(cast.bob).get(url).status_code == 405
    assert cast.client(cast.bob).post(url).status_code == 302


def test_a_viewer_cannot_save(cast: Cast, template: Template) -> None:
    url = cast.url("content:edit", template.pk)
    assert cast.client(cast.dora).post(url, fields(template, name="Mine")).status_code == 403
    template.refresh_from_db()
    assert template.name == "Introduction"


def test_other_workspaces_templates_are_not_found(cast: Cast, template: Template) -> None:
    url = reverse("content:edit", args=[cast.elsewhere.slug, template.pk])
    assert cast.client(cast.charlie).get(url).status_code == 404


def test_from_a_starter_and_from_nothing(cast: Cast) -> None:
    bob = cast.client(cast.bob)
    url = cast.url("content:new")
    page = bob.get(url).content.decode()
    assert "公司介绍" in page
    assert "Introduction" in page
    assert bob.post(url, {"starter": "case.zh"}).status_code == 302
    made = Template.objects.get()
    assert (made.name, made.language, made.created_by) == ("客户案例", "zh-Hans", cast.bob)
    assert AuditEntry.objects.get(action="template.created").actor == cast.bob
    bob.post(url)
    assert Template.objects.latest("pk").mjml == starting.BLANK
    assert bob.post(url, {"starter": "../../etc/passwd"}).status_code == 404


def test_it_saves_by_itself_and_says_what_is_wrong(cast: Cast, template: Template) -> None:
    bob = cast.client(cast.bob)
    url = cast.url("content:edit", template.pk)
    sent = fields(template, mjml=template.mjml.replace("first_name", "firstname"))
    response = bob.post(url, sent, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response["HX-Trigger-After-Settle"] == "tw:template-saved"
    part = response.content.decode()
    assert "There is no merge field “firstname”" in part
    assert "Did you mean {{ first_name }}?" in part
    template.refresh_from_db()
    assert "firstname" in template.mjml
    assert template.updated_at.isoformat() in part


@pytest.mark.parametrize(
    "mjml", ["<mjml>", "{% if", "{{ a | b }}", "\n\n  <mjml></mjml> ", "</script><script>alert(1)</script>"]
)
def test_what_is_broken_is_saved_too(cast: Cast, template: Template, mjml: str) -> None:
    bob = cast.client(cast.bob)
    url = cast.url("content:edit", template.pk)
    assert bob.post(url, fields(template, mjml=mjml)).status_code == 302
    template.refresh_from_db()
    assert template.mjml == mjml
    page = bob.get(url).content.decode()
    assert "<script>alert(1)" not in page
    assert bob.get(cast.url("content:preview", template.pk)).status_code == 200


def test_a_form_with_a_fault_keeps_what_was_typed(cast: Cast, template: Template) -> None:
    response = cast.client(cast.bob).post(
        cast.url("content:edit", template.pk), fields(template, name="", subject="Kept words")
    )
    assert response.status_code == 200
    assert "Kept words" in response.content.decode()
    template.refresh_from_db()
    assert "Kept words" not in template.subject


def test_two_people_do_not_write_over_each_other(cast: Cast, template: Template) -> None:
    url = cast.url("content:edit", template.pk)
    stale = fields(template, subject="Alice's")
    cast.client(cast.bob).post(url, fields(template, subject="Bob's"))
    alice = cast.client(cast.alice)
    response = alice.post(url, stale)
    assert response.status_code == 409
    assert "Alice&#x27;s" in response.content.decode()
    assert "Somebody else" in alice.post(url, stale, headers={"HX-Request": "true"}).content.decode()
    template.refresh_from_db()
    assert template.subject == "Bob's"
    alice.post(url, {**stale, "overwrite": "1"})
    template.refresh_from_db()
    assert template.subject == "Alice's"


def test_the_preview_is_harmless_and_for_a_contact(cast: Cast, template: Template) -> None:
    Contact.objects.create(
        workspace=cast.workspace,
        email="jo@x.example",
        email_key="jo@x.example",
        mail_domain="x.example",
        first_name="Jo <3",
    )
    Contact.objects.create(
        workspace=cast.elsewhere,
        email="spy@x.example",
        email_key="spy@x.example",
        mail_domain="x.example",
        first_name="Spy",
    )
    dora = cast.client(cast.dora)
    response = dora.get(cast.url("content:preview", template.pk, contact="JO@x.example"))
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "Hello Jo &lt;3," in response.content.decode()
    assert "Hello Anna," in dora.get(cast.url("content:preview", template.pk)).content.decode()
    assert (
        "Spy"
        not in dora.get(cast.url("content:preview", template.pk, contact="spy@x.example")).content.decode()
    )
    text = dora.get(cast.url("content:text", template.pk, contact="jo@x.example")).content.decode()
    assert "Hello Jo &lt;3," in text
    options = dora.get(cast.url("content:contacts", contact="j")).content.decode()
    assert "jo@x.example" in options
    assert "spy@x.example" not in dora.get(cast.url("content:contacts")).content.decode()


def test_archive_and_back(cast: Cast, template: Template) -> None:
    bob = cast.client(cast.bob)
    bob.post(cast.url("content:archive", template.pk))
    assert (
        "Introduction"
        not in bob.get(cast.url("content:index"))
        .content.decode()
        .partition("<main")[2]
        .partition("tw-empty")[0]
    )
    assert "Introduction" in bob.get(cast.url("content:index", archived=1)).content.decode()
    bob.post(cast.url("content:unarchive", template.pk))
    template.refresh_from_db()
    assert template.archived_at is None


def test_going_back_to_a_version_keeps_the_draft(cast: Cast, template: Template) -> None:
    first = versions.freeze(template)
    template.subject, template.mjml = "Second", template.mjml.replace("2027", "2028")
    template.save(update_fields=["subject", "mjml"])
    bob = cast.client(cast.bob)
    assert "Version 1" in bob.get(cast.url("content:versions", template.pk)).content.decode()
    bob.post(cast.url("content:restore", template.pk, 1))
    template.refresh_from_db()
    assert (template.subject, "2027" in template.mjml) == (first.subject, True)
    assert Template.objects.filter(subject="Second", mjml__contains="2028").count() == 1


def test_a_test_is_a_real_message_with_a_trace(cast: Cast, template: Template, sender: Sender) -> None:
    MailDomain.objects.create(
        name="buyer.example",
        status="found",
        mx_hosts=[[10, "mx.buyer.example"]],
        checked_at=clock.now(),
        fresh_until=clock.after(3600),
    )
    url = cast.url("content:test", template.pk)
    bob = cast.client(cast.bob)
    assert "li@lantern.example" in bob.get(url).content.decode()
    response = bob.post(url, {"email": "Anna@buyer.example", "sender": sender.pk, "contact": ""})
    message = Message.objects.get()
    assert response["Location"] == cast.url("campaigns:message", message.pk)
    assert (message.email, message.state, message.origin.kind) == ("anna@buyer.example", "queued", "test")
    assert message.values is not None
    assert message.values["first_name"] == "Anna"
    assert "unsubscribe_url" not in message.values
    assert message.origin.version.template == template
    assert message.origin.planned_at is not None


def test_a_test_is_refused_with_the_reason(cast: Cast, template: Template, sender: Sender) -> None:
    url = cast.url("content:test", template.pk)
    bob = cast.client(cast.bob)
    asked = {"email": "a@buyer.example", "sender": sender.pk}
    assert (
        "there is no contact x@y.example"
        in bob.post(url, {**asked, "contact": "x@y.example"}).content.decode()
    )
    template.mjml = "<mjml>"
    template.save(update_fields=["mjml"])
    assert "never closed" in bob.post(url, asked).content.decode()
    SendingDomain.objects.update(state=SendingDomain.State.PENDING)
    assert "is not ready" in bob.post(url, asked).content.decode()
    assert not Message.objects.exists()


def test_a_sender_of_another_workspace_cannot_be_used(cast: Cast, sender: Sender) -> None:
    theirs = starting.from_starter(cast.elsewhere, "offer.en")
    url = reverse("content:test", args=[cast.elsewhere.slug, theirs.pk])
    response = cast.client(cast.charlie).post(url, {"email": "a@buyer.example", "sender": sender.pk})
    assert response.status_code == 200
    assert not Message.objects.exists()

"""Settings: workspace, people, keys, audit log, profile."""

import re

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from tests.cast import Cast, assert_private
from tradewind.accounts.models import ApiKey, AuditEntry, Invitation, Membership
from tradewind.accounts.roles import Role

MANAGED = ["settings:workspace", "settings:people", "settings:keys", "settings:audit"]


@pytest.mark.parametrize("name", MANAGED)
def test_only_managers_see_the_settings(cast: Cast, name: str) -> None:
    assert_private(cast, cast.url(name), allowed=("alice",))


def test_everybody_has_a_profile(cast: Cast) -> None:
    assert_private(cast, cast.url("settings:profile"))


def test_the_workspace_is_changed_and_the_change_noted(cast: Cast) -> None:
    form = {
        "name": "Ningbo Lantern",
        "company_name": "Lantern Ltd",
        "postal_address": "1 New Street\nNingbo",
        "website": "www.lantern.example",
        "country": "CN",
        "time_zone": "Asia/Shanghai",
    }
    response = cast.client(cast.alice).post(cast.url("settings:workspace"), form)
    assert response.status_code == 302
    cast.workspace.refresh_from_db()
    assert cast.workspace.company_name == "Lantern Ltd"
    assert cast.workspace.website == "https://www.lantern.example"
    entry = AuditEntry.objects.get()
    assert set(entry.data["fields"]) == {"company_name", "postal_address", "website"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("website", "javascript:alert(1)"), ("name", ""), ("time_zone", "Moon/Base"), ("country", "XX")],
)
def test_a_wrong_value_changes_nothing(cast: Cast, field: str, value: str) -> None:
    form = {"name": "Other", "company_name": "Other", "website": "", "country": "CN", "time_zone": "UTC"} | {
        field: value
    }
    response = cast.client(cast.alice).post(cast.url("settings:workspace"), form)
    assert response.status_code == 200
    assert "is-invalid" in response.text
    cast.workspace.refresh_from_db()
    assert cast.workspace.company_name == "Ningbo Lantern Co., Ltd."


def test_inviting_gives_a_link_that_works(cast: Cast) -> None:
    alice = cast.client(cast.alice)
    alice.post(cast.url("settings:people"), {"email": "eve@lantern.example", "role": "sales"})
    assert not mail.outbox
    page = alice.get(cast.url("settings:people")).text
    link = re.search(r"http://127\.0\.0\.1:8000(/join/[^<\"]+)", page)
    assert link is not None
    assert Client().get(link[1]).status_code == 200
    alice.post(cast.url("settings:invitation_withdraw", Invitation.objects.get().pk))
    assert Client().get(link[1]).status_code == 410


@override_settings(SYSTEM_MAIL="smtp://localhost")
def test_an_invitation_is_mailed_where_mail_is_set_up(cast: Cast) -> None:
    cast.client(cast.alice).post(
        cast.url("settings:people"), {"email": "eve@lantern.example", "role": "sales"}
    )
    assert mail.outbox[0].to == ["eve@lantern.example"]
    assert Invitation.objects.get().token in mail.outbox[0].body


def test_who_is_here_is_not_invited_again(cast: Cast) -> None:
    response = cast.client(cast.alice).post(
        cast.url("settings:people"), {"email": "BOB@lantern.example", "role": "viewer"}
    )
    assert "is-invalid" in response.text
    assert not Invitation.objects.exists()


def test_a_role_changes_and_a_person_leaves(cast: Cast) -> None:
    alice = cast.client(cast.alice)
    bob = Membership.objects.get(user=cast.bob)
    alice.post(cast.url("settings:people_role", bob.pk), {"role": "viewer"})
    bob.refresh_from_db()
    assert bob.role == Role.VIEWER
    alice.post(cast.url("settings:people_remove", bob.pk))
    assert cast.client(cast.bob).get(cast.url("today:index")).status_code == 404


def test_an_administrator_cannot_touch_owners(cast: Cast) -> None:
    owner, bob = Membership.objects.get(user=cast.alice), Membership.objects.get(user=cast.bob)
    bob.change_role(Role.ADMIN)
    admin = cast.client(cast.bob)
    assert admin.post(cast.url("settings:people_remove", owner.pk)).status_code == 403
    assert admin.post(cast.url("settings:people_role", owner.pk), {"role": "viewer"}).status_code == 403
    assert admin.post(cast.url("settings:people_role", bob.pk), {"role": "owner"}).status_code == 403
    invited = admin.post(cast.url("settings:people"), {"email": "eve@lantern.example", "role": "owner"})
    assert "is-invalid" in invited.text
    key = admin.post(cast.url("settings:keys"), {"name": "x", "role": "owner"})
    assert "is-invalid" in key.text
    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_the_last_owner_cannot_leave(cast: Cast) -> None:
    owner = Membership.objects.get(user=cast.alice)
    alice = cast.client(cast.alice)
    response = alice.post(cast.url("settings:people_remove", owner.pk), follow=True)
    assert "only owner" in response.text
    assert Membership.objects.filter(pk=owner.pk).exists()


def test_people_of_other_workspaces_are_out_of_reach(cast: Cast) -> None:
    theirs = Membership.objects.get(user=cast.charlie)
    alice = cast.client(cast.alice)
    assert alice.post(cast.url("settings:people_remove", theirs.pk)).status_code == 404
    stranger = cast.client(cast.charlie)
    ours = Membership.objects.get(user=cast.bob)
    assert stranger.post(cast.url("settings:people_remove", ours.pk)).status_code == 404
    assert (
        stranger.post(cast.url("settings:people_remove", ours.pk, workspace=cast.elsewhere)).status_code
        == 404
    )
    assert cast.client(cast.bob).post(cast.url("settings:people_remove", ours.pk)).status_code == 403
    assert Membership.objects.count() == 5


def test_a_key_is_shown_once(cast: Cast) -> None:
    alice = cast.client(cast.alice)
    made = alice.post(cast.url("settings:keys"), {"name": "web shop", "role": "marketer"})
    raw = re.search(r'id="new-key">([^<]+)<', made.text)
    assert raw is not None
    key = ApiKey.authenticate(raw[1])
    assert key is not None
    assert (key.name, key.workspace) == ("web shop", cast.workspace)
    assert "no-store" in made["Cache-Control"]
    later = alice.get(cast.url("settings:keys")).text
    assert raw[1] not in later
    assert "web shop" in later
    alice.post(cast.url("settings:key_revoke", key.pk))
    assert ApiKey.authenticate(raw[1]) is None
    assert [e.action for e in AuditEntry.objects.order_by("id")] == ["api_key.created", "api_key.revoked"]


def test_the_audit_log_is_narrowed(cast: Cast) -> None:
    cast.access(cast.alice).audit("list.created", summary="Fair 2026")
    cast.access(cast.bob).audit("campaign.started", summary="Spring offer")
    alice, url = cast.client(cast.alice), cast.url("settings:audit")
    assert "Fair 2026" in alice.get(url).text
    by_bob = alice.get(url, {"who": cast.bob.pk}).text
    assert "Spring offer" in by_bob
    assert "Fair 2026" not in by_bob
    assert "Nothing found" in alice.get(url, {"q": "nowhere"}).text
    assert "Fair 2026" in alice.get(url, {"who": "x", "period": "99", "page": "-3"}).text
    assert "Fair 2026" in alice.get(url, {"period": "7"}).text


def test_the_profile_changes_language_zone_and_theme(cast: Cast) -> None:
    bob, url = cast.client(cast.bob), cast.url("settings:profile")
    bob.post(
        url, {"first_name": "王波", "language": "zh-hans", "time_zone": "Asia/Shanghai", "theme": "dark"}
    )
    page = bob.get(url).text
    assert 'lang="zh-Hans"' in page
    assert 'data-theme="dark"' in page
    assert "王波" in page
    wrong = bob.post(url, {"first_name": "x", "language": "xx", "time_zone": "Nowhere", "theme": "pink"})
    assert wrong.text.count("invalid-feedback") == 3
    assert "王波" in wrong.text


def test_a_stale_form_is_explained(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice, backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(reverse("workspace_new"), {"name": "x"})
    assert response.status_code == 403
    assert "open for too long" in response.text

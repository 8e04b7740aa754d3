"""The access module: the only way from a request to rows."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory

from tests.cast import Cast
from tradewind.accounts.access import Access, to_login
from tradewind.accounts.models import ApiKey, AuditEntry, Membership
from tradewind.accounts.roles import GRANTS, Permission, Role


def test_a_stranger_has_no_access(cast: Cast) -> None:
    assert Access.of_user(cast.charlie, cast.workspace.slug) is None
    assert Access.of_user(cast.charlie, "no-such-workspace") is None
    assert Access.of_user(cast.alice, cast.workspace.slug) is not None


def test_rows_of_other_workspaces_are_never_found(cast: Cast) -> None:
    access = cast.access()
    ours = Membership.objects.get(user=cast.bob)
    theirs = Membership.objects.get(user=cast.charlie)
    assert access.get(Membership, pk=ours.pk) == ours
    with pytest.raises(Http404):
        access.get(Membership, pk=theirs.pk)
    assert theirs not in access.rows(Membership)


def test_a_role_that_is_too_low_is_told_so(cast: Cast) -> None:
    viewer = cast.access(cast.dora)
    viewer.require(Permission.VIEW)
    with pytest.raises(PermissionDenied, match="Viewer"):
        viewer.require(Permission.SEND)


def test_every_role_may_look_and_only_managers_manage() -> None:
    assert all(Permission.VIEW in granted for granted in GRANTS.values())
    assert {role for role in Role if role.may(Permission.MANAGE_WORKSPACE)} == {Role.OWNER, Role.ADMIN}


def test_only_an_owner_makes_owners() -> None:
    assert Role.OWNER.may_give(Role.OWNER)
    assert Role.ADMIN.may_give(Role.ADMIN)
    assert not Role.ADMIN.may_give(Role.OWNER)
    assert not Role.MARKETER.may_give(Role.VIEWER)


def test_the_audit_log_names_who_and_what(cast: Cast) -> None:
    cast.access(cast.bob).audit("list.created", cast.workspace, "Fair 2026", contacts=3)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target) == (
        cast.bob,
        "list.created",
        f"workspace:{cast.workspace.pk}",
    )
    assert entry.data == {"contacts": 3}


def test_a_key_acts_with_its_own_role(cast: Cast) -> None:
    key, _raw = ApiKey.issue(cast.workspace, "shop", Role.VIEWER, cast.alice)
    access = Access.of_key(key)
    assert access.user is None
    assert access.allows(Permission.VIEW)
    assert not access.allows(Permission.SEND)
    access.audit("contact.created")
    assert AuditEntry.objects.get().api_key == key


def test_a_part_of_a_page_sends_the_whole_page_to_the_log_in(rf: RequestFactory) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/w/x/campaigns/?page=2"}
    response = to_login(rf.get("/w/x/campaigns/live/", headers=headers))
    assert response["HX-Redirect"] == "/accounts/login/?next=/w/x/campaigns/%3Fpage%3D2"
    elsewhere = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"}
    assert to_login(rf.get("/w/x/", headers=elsewhere))["HX-Redirect"] == "/accounts/login/?next=/"

"""Keys, invitations, memberships."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.cast import Cast, person
from tradewind.accounts.models import ApiKey, Invitation, LastOwnerError, Membership, User, Workspace
from tradewind.accounts.roles import Role


def test_a_key_is_stored_as_a_digest_only(cast: Cast) -> None:
    key, raw = ApiKey.issue(cast.workspace, "ERP", Role.MARKETER, cast.alice)
    stored = ApiKey.objects.values().get(pk=key.pk)
    assert raw not in str(stored)
    assert raw.startswith(stored["prefix"])
    assert len(raw) > 40


def test_a_key_opens_until_it_is_revoked(cast: Cast) -> None:
    key, raw = ApiKey.issue(cast.workspace, "ERP", Role.MARKETER, cast.alice)
    assert ApiKey.authenticate(raw) == key
    key.refresh_from_db()
    assert key.last_used_at is not None
    key.revoke()
    assert ApiKey.authenticate(raw) is None


@pytest.mark.parametrize("wrong", ["", "tw_", "tw_x", "\ud800", "tw_" + "a" * 500])
def test_what_is_no_key_opens_nothing(cast: Cast, wrong: str) -> None:
    ApiKey.issue(cast.workspace, "ERP", Role.MARKETER, cast.alice)
    assert ApiKey.authenticate(wrong) is None


def test_an_invitation_works_once(cast: Cast) -> None:
    invitation = Invitation.invite(cast.workspace, "eve@lantern.example", Role.SALES, cast.alice)
    eve = person("eve@lantern.example", "Eve")
    token = invitation.token
    found = Invitation.of_token(token)
    assert found is not None
    assert found.accept(eve).role == Role.SALES
    assert Invitation.of_token(token) is None


def test_an_invitation_grows_too_old_and_cannot_be_forged(cast: Cast) -> None:
    invitation = Invitation.invite(cast.workspace, "eve@lantern.example", Role.SALES, cast.alice)
    token = invitation.token
    assert Invitation.of_token(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    assert Invitation.of_token("") is None
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Invitation.of_token(token) is None


def test_a_second_invitation_replaces_the_first(cast: Cast) -> None:
    first = Invitation.invite(cast.workspace, "eve@lantern.example", Role.SALES, cast.alice).token
    second = Invitation.invite(cast.workspace, "EVE@lantern.example", Role.VIEWER, cast.alice).token
    assert Invitation.of_token(first) is None
    assert Invitation.of_token(second) is not None


def test_an_invitation_does_not_lower_a_member(cast: Cast) -> None:
    invitation = Invitation.invite(cast.workspace, cast.alice.email, Role.VIEWER, cast.alice)
    assert invitation.accept(cast.alice).role == Role.OWNER


def test_the_last_owner_stays(cast: Cast) -> None:
    alice = Membership.objects.get(user=cast.alice)
    with pytest.raises(LastOwnerError):
        alice.remove()
    with pytest.raises(LastOwnerError):
        alice.change_role(Role.ADMIN)
    Membership.objects.get(user=cast.bob).change_role(Role.OWNER)
    alice.change_role(Role.VIEWER)
    assert Membership.objects.get(pk=alice.pk).role == Role.VIEWER


@pytest.mark.parametrize(
    ("name", "slug"), [("Ningbo Lantern", "ningbo-lantern-"), ("宁波灯具", "workspace"), ("!!!", "workspace")]
)
def test_a_workspace_gets_an_address_of_its_own(cast: Cast, name: str, slug: str) -> None:
    first, second = Workspace.found(name, cast.bob), Workspace.found(name, cast.bob)
    assert first.slug.startswith(slug)
    assert first.slug != second.slug


def test_the_database_refuses_words_we_never_defined(cast: Cast) -> None:
    for change in ({"language": "klingon"}, {"theme": "pink"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=cast.bob.pk).update(**change)

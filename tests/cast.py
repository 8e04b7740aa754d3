"""The people of the tests, and the question every page must answer: who may see this?

Alice owns "Ningbo Lantern", Bob (marketer) and Sam (sales) are her colleagues, Dora may only look; Charlie owns
another workspace and is a stranger here.

    from tests.cast import Cast, assert_private

    def test_page(cast: Cast) -> None:
        assert_private(cast, cast.url("campaigns:list"))
        response = cast.client(cast.bob).post(cast.url("campaigns:new"), {...})
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from tradewind.accounts.access import Access
from tradewind.accounts.models import Membership, User, Workspace
from tradewind.accounts.roles import Role

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Cast:
    workspace: Workspace
    alice: User  # owner
    bob: User  # marketer
    sam: User  # sales
    dora: User  # viewer
    elsewhere: Workspace
    charlie: User  # owner of another workspace

    def client(self, user: User | None = None) -> Client:
        """A browser in which `user` is logged in; nobody is, without one."""
        client = Client()
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def access(self, user: User | None = None) -> Access:
        """What `user` (Alice) may do in Ningbo Lantern."""
        access = Access.of_user(user or self.alice, self.workspace.slug)
        assert access is not None, f"{user} is a stranger"
        return access

    def url(self, name: str, *args: Any, workspace: Workspace | None = None, **query: Any) -> str:
        """The address of a page of Ningbo Lantern."""
        path = reverse(name, args=[(workspace or self.workspace).slug, *args])
        return path + (
            "?" + "&".join(f"{key}={quote(str(value))}" for key, value in query.items()) if query else ""
        )


@cache
def _hash() -> str:
    return make_password(PASSWORD)  # slow on purpose, so once is enough


def person(email: str, name: str, **fields: Any) -> User:
    """Somebody who can log in with `PASSWORD`."""
    return User.objects.create(email=email, password=_hash(), first_name=name, **fields)


@pytest.fixture
def cast(db: None) -> Cast:
    """Two workspaces and their people."""
    alice = person("alice@lantern.example", "Alice Chen", time_zone="Asia/Shanghai")
    charlie = person("charlie@elsewhere.example", "Charlie Stranger")
    lantern = Workspace.found(
        "Ningbo Lantern",
        alice,
        company_name="Ningbo Lantern Co., Ltd.",
        postal_address="88 Harbour Road, Ningbo 315000, China",
        website="https://lantern.example",
        country="CN",
        time_zone="Asia/Shanghai",
    )
    others = {}
    for key, name, role in (
        ("bob", "Bob Wang", Role.MARKETER),
        ("sam", "Sam Li", Role.SALES),
        ("dora", "Dora Zhou", Role.VIEWER),
    ):
        others[key] = person(f"{key}@lantern.example", name)
        Membership.objects.create(workspace=lantern, user=others[key], role=role)
    return Cast(
        workspace=lantern,
        alice=alice,
        charlie=charlie,
        elsewhere=Workspace.found("Elsewhere Trading", charlie),
        **others,
    )


def assert_private(
    cast: Cast, url: str, *, allowed: tuple[str, ...] = ("alice", "bob", "sam", "dora")
) -> None:
    """A page of Ningbo Lantern: who is not logged in is asked to, a stranger finds nothing, those `allowed` see it, and
    other members get 403."""
    anonymous = cast.client().get(url)
    assert anonymous.status_code == 302, (
        f"{url} answers {anonymous.status_code} to somebody who is not logged in"
    )
    assert anonymous["Location"].startswith(f"{reverse('account_login')}?next="), anonymous["Location"]
    stranger = cast.client(cast.charlie).get(url)
    assert stranger.status_code == 404, f"{url} answers {stranger.status_code} to a stranger"
    for name in ("alice", "bob", "sam", "dora"):
        status = cast.client(getattr(cast, name)).get(url).status_code
        wanted = 200 if name in allowed else 403
        assert status == wanted, f"{url} answers {status} to {name}, not {wanted}"

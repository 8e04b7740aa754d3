"""Ways in: the first run, the log-in, invitations, languages."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, Cast, person
from tradewind.accounts.models import AuditEntry, Invitation, Membership, User, Workspace
from tradewind.accounts.roles import Role

FIRST = {
    "name": "陈晓丽",
    "email": "chen@lantern.example",
    "password": "a lantern in the harbour",
    "workspace": "宁波灯具",
    "country": "CN",
    "language": "zh-hans",
    "time_zone": "Asia/Shanghai",
}


@pytest.mark.django_db
def test_the_first_run_makes_owner_and_workspace_once() -> None:
    client = Client()
    assert client.get("/")["Location"] == reverse("start")
    assert client.get(reverse("start")).status_code == 200
    response = client.post(reverse("start"), FIRST)
    owner, workspace = User.objects.get(), Workspace.objects.get()
    assert response["Location"] == f"/w/{workspace.slug}/"
    assert (owner.first_name, owner.language, owner.time_zone) == ("陈晓丽", "zh-hans", "Asia/Shanghai")
    assert Membership.objects.get(user=owner, workspace=workspace).role == Role.OWNER
    assert (workspace.name, workspace.country) == ("宁波灯具", "CN")
    assert AuditEntry.objects.get().action == "workspace.created"
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert 'lang="zh-Hans"' in page.text
    again = Client().post(reverse("start"), FIRST | {"email": "mallory@evil.example"})
    assert again["Location"] == reverse("account_login")
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("password", "short", "too short"),
        ("password", "password123", "too common"),
        ("email", "nobody", "valid email"),
        ("name", "", "required"),
    ],
)
def test_the_first_run_says_what_is_wrong_and_keeps_the_rest(field: str, value: str, word: str) -> None:
    response = Client().post(reverse("start"), FIRST | {field: value}, headers={"accept-language": "en"})
    assert response.status_code == 200
    assert word in response.text
    assert "宁波灯具" in response.text
    assert FIRST["password"] not in response.text
    assert not User.objects.exists()


def test_log_in_and_out(cast: Cast) -> None:
    client = Client()
    wrong = client.post(reverse("account_login"), {"login": cast.alice.email, "password": "wrong"})
    assert wrong.status_code == 200
    assert "tw-note" in wrong.text
    right = client.post(reverse("account_login"), {"login": cast.alice.email, "password": PASSWORD})
    assert right["Location"] == "/"
    assert client.get("/")["Location"] == f"/w/{cast.workspace.slug}/"
    client.post(reverse("account_logout"))
    assert "/accounts/login/" in client.get("/")["Location"]


def test_guessing_passwords_is_slowed_down(cast: Cast) -> None:
    client = Client()
    from django.core.cache import cache

    cache.clear()
    for _ in range(6):
        answer = client.post(reverse("account_login"), {"login": cast.alice.email, "password": "guess"})
    right = client.post(reverse("account_login"), {"login": cast.alice.email, "password": PASSWORD})
    cache.clear()
    assert "Too many failed" in answer.text
    assert right.status_code == 200


def test_nobody_signs_up_without_an_invitation(cast: Cast) -> None:
    page = Client().get(reverse("account_signup"))
    assert "invitation" in page.text
    Client().post(
        reverse("account_signup"), {"email": "x@y.example", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not User.objects.filter(email="x@y.example").exists()


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_change_password"]
)
def test_pages_of_security_have_our_look(cast: Cast, name: str) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": cast.alice.email, "password": PASSWORD})
    assert "tw-gate" in client.get(reverse("account_reauthenticate")).text
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert "tw-gate" in page.text


def test_somebody_new_takes_an_invitation(cast: Cast) -> None:
    token = Invitation.invite(cast.workspace, "eve@lantern.example", Role.SALES, cast.alice).token
    client, url = Client(), reverse("join", args=[token])
    assert "eve@lantern.example" in client.get(url).text
    response = client.post(url, {"name": "Eve", "password": PASSWORD, "email": "other@evil.example"})
    assert response["Location"] == f"/w/{cast.workspace.slug}/"
    eve = User.objects.get(email="eve@lantern.example")
    assert Membership.objects.get(user=eve).role == Role.SALES
    assert client.get(response["Location"]).status_code == 200
    assert Client().get(url).status_code == 410


def test_an_invitation_is_for_one_address(cast: Cast) -> None:
    token = Invitation.invite(cast.workspace, "eve@lantern.example", Role.OWNER, cast.alice).token
    url = reverse("join", args=[token])
    assert cast.client(cast.charlie).post(url).status_code == 403
    assert not Membership.objects.filter(user=cast.charlie, workspace=cast.workspace).exists()
    person("eve@lantern.example", "Eve")
    assert Client().get(url)["Location"].startswith(reverse("account_login"))


def test_a_known_person_joins_another_workspace(cast: Cast) -> None:
    token = Invitation.invite(cast.workspace, cast.charlie.email, Role.VIEWER, cast.alice).token
    client, url = cast.client(cast.charlie), reverse("join", args=[token])
    assert client.get(url).status_code == 200
    client.post(url)
    assert Membership.objects.get(user=cast.charlie, workspace=cast.workspace).role == Role.VIEWER


def test_the_language_of_a_visitor_and_of_a_person(cast: Cast) -> None:
    assert (
        'lang="zh-Hans"'
        in Client().get(reverse("account_login"), headers={"accept-language": "zh-CN,zh"}).text
    )
    client = Client()
    client.post(reverse("language"), {"language": "zh-hans", "next": "/accounts/login/"})
    assert 'lang="zh-Hans"' in client.get(reverse("account_login")).text
    bob = cast.client(cast.bob)
    assert (
        bob.post(reverse("language"), {"language": "zh-hans", "next": "//evil.example/"})["Location"] == "/"
    )
    cast.bob.refresh_from_db()
    assert cast.bob.language == "zh-hans"
    bob.post(reverse("language"), {"language": "klingon", "next": "/"})
    cast.bob.refresh_from_db()
    assert cast.bob.language == "zh-hans"


def test_only_owners_make_workspaces(cast: Cast) -> None:
    assert cast.client(cast.bob).get(reverse("workspace_new")).status_code == 403
    form = {"name": "Second brand", "country": "CN", "time_zone": "Asia/Shanghai"}
    response = cast.client(cast.alice).post(reverse("workspace_new"), form)
    assert response["Location"] == "/w/second-brand/"
    assert "/accounts/login/" in Client().get(reverse("workspace_new"))["Location"]


def test_who_is_in_no_workspace_is_told_what_to_do(cast: Cast) -> None:
    page = cast.client(person("lost@lantern.example", "Lost")).get("/")
    assert "lost@lantern.example" in page.text
    assert page.status_code == 200


def test_every_page_carries_a_policy_and_no_script_without_nonce(cast: Cast) -> None:
    page = cast.client(cast.alice).get(cast.url("today:index"))
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "'unsafe-inline'" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert "'unsafe-eval'" not in policy
    for attributes in re.findall(r"<script([^>]*)>", page.text):
        assert "src=" in attributes or "nonce=" in attributes or "application/json" in attributes
    assert not re.search(r"\son[a-z]+=", page.text)

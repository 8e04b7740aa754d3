"""Sent twice, done once: also by two threads at the same instant."""

import json
import threading
from typing import Any

import pytest
from django.db import connection, transaction

from tests.api.conftest import Caller, Keys, call_as, furnish
from tradewind.accounts.models import AuditEntry, User, Workspace
from tradewind.accounts.roles import Role
from tradewind.api import idempotency
from tradewind.api.models import Answer
from tradewind.audience.models import Contact, Import, List
from tradewind.core import clock
from tradewind.ledger.models import Message


def test_the_same_request_is_answered_again_and_not_done_again(keys: Keys) -> None:
    first = keys.bob("POST", "/lists", {"name": "广交会"}, Idempotency_Key="a-1")
    second = keys.bob("POST", "/lists", {"name": "广交会"}, Idempotency_Key="a-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Content-Type"] == first["Content-Type"]
    assert (first.get("Idempotent-Replayed"), second.get("Idempotent-Replayed")) == (None, "true")
    assert List.objects.count() == 1
    assert AuditEntry.objects.filter(action="list.created").count() == 1


def test_a_key_is_for_one_request(keys: Keys) -> None:
    keys.bob("POST", "/lists", {"name": "One"}, Idempotency_Key="a-1")
    for path, body in (("/lists", {"name": "Two"}), ("/companies", {"name": "One"})):
        answer = keys.bob("POST", path, body, Idempotency_Key="a-1")
        assert answer.status_code == 422
        assert json.loads(answer.content)["type"].endswith(":idempotency_key_reused")
    assert List.objects.count() == 1


def test_other_workspaces_have_keys_of_their_own(keys: Keys) -> None:
    mine = keys.bob("POST", "/lists", {"name": "One"}, Idempotency_Key="a-1")
    theirs = keys.charlie("POST", "/lists", {"name": "One"}, Idempotency_Key="a-1")
    assert theirs.status_code == 201
    assert json.loads(mine.content)["id"] != json.loads(theirs.content)["id"]


def test_a_replay_needs_the_permission_too(keys: Keys) -> None:
    keys.bob("POST", "/lists", {"name": "One"}, Idempotency_Key="a-1")
    assert keys.dora("POST", "/lists", {"name": "One"}, Idempotency_Key="a-1").status_code == 403


def test_a_refused_request_can_be_mended_with_the_same_key(keys: Keys) -> None:
    assert keys.bob("POST", "/contacts", {"email": "wrong"}, Idempotency_Key="a-1").status_code == 422
    assert not Answer.objects.exists()
    assert keys.bob("POST", "/contacts", {"email": "a@b.example"}, Idempotency_Key="a-1").status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 201])
def test_keys_that_cannot_be_one(keys: Keys, key: str) -> None:
    answer = keys.bob("POST", "/lists", {"name": "One"}, Idempotency_Key=key)
    assert answer.status_code == 400
    assert not List.objects.exists()


def test_an_upload_is_the_same_whatever_its_boundary(keys: Keys) -> None:
    content = b"Email\nanna@buyers.example\n"
    first = keys.bob.upload("fair.csv", content, Idempotency_Key="u-1")
    assert first.status_code == 201
    assert keys.bob.upload("fair.csv", content, Idempotency_Key="u-1").content == first.content
    assert (
        keys.bob.upload("fair.csv", content + b"bo@buyers.example\n", Idempotency_Key="u-1").status_code
        == 422
    )
    assert Import.objects.count() == 1


def test_old_answers_are_forgotten(keys: Keys) -> None:
    keys.bob("POST", "/lists", {"name": "One"}, Idempotency_Key="a-1")
    assert idempotency.forget_old() == 0
    Answer.objects.update(at=clock.now() - idempotency.KEPT * 2)
    assert idempotency.forget_old() == 1


@pytest.fixture
def home(transactional_db: None) -> Workspace:
    return Workspace.found("Ningbo Lantern", User.objects.create_user("owner@lantern.example", "x"))


def at_once(work: Any, threads: int = 6) -> list[Any]:
    """What each thread's call gives; they begin together."""
    start = threading.Barrier(threads)
    found: list[Any] = []

    def run() -> None:
        try:
            start.wait(10)
            found.append(work())
        finally:
            connection.close()

    crew = [threading.Thread(target=run) for _ in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join(30)
    assert len(found) == threads
    return found


def test_at_the_same_instant_it_is_done_once(home: Workspace) -> None:
    bob = call_as(home, Role.MARKETER)
    answers = at_once(
        lambda: bob("POST", "/contacts", {"email": "anna@buyers.example"}, Idempotency_Key="c-1")
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert sum("Idempotent-Replayed" in a for a in answers) == len(answers) - 1
    assert Contact.objects.count() == 1
    assert AuditEntry.objects.filter(action="contact.created").count() == 1


def test_at_the_same_instant_one_test_mail_is_planned(home: Workspace) -> None:
    world = furnish(home)
    owner = call_as(home, Role.OWNER)
    body = {"sender": world.sender.pk, "email": "alice@buyers.example"}
    before = Message.objects.count()
    answers = at_once(
        lambda: owner("POST", f"/templates/{world.template.pk}/test", body, Idempotency_Key="t-1")
    )
    assert {a.status_code for a in answers} == {202}, answers[0].content
    assert Message.objects.count() == before + 1


def test_a_killed_request_leaves_neither_row_nor_work(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the work and before the commit: what PostgreSQL then does is a roll-back."""
    bob = call_as(home, Role.MARKETER)

    def die(*_args: Any) -> None:
        connection.connection.close()  # as the server sees it, the client is gone
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_keep", die)
        with pytest.raises(BaseException):  # noqa: B017 - whichever of the two comes first
            Caller(bob.key)("POST", "/contacts", {"email": "anna@buyers.example"}, Idempotency_Key="c-1")
        connection.close()
    assert not Contact.objects.exists()
    assert not Answer.objects.exists()
    assert (
        bob("POST", "/contacts", {"email": "anna@buyers.example"}, Idempotency_Key="c-1").status_code == 201
    )


def test_who_waits_too_long_is_told_to_come_again(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = call_as(home, Role.MARKETER)
    monkeypatch.setattr(idempotency, "PATIENCE", "200ms")
    held, enough = threading.Event(), threading.Event()

    def hold() -> None:
        """A request that has its key and is still at work."""
        try:
            with transaction.atomic():
                Answer.objects.create(workspace=home, key="c-1", digest=b"x")
                held.set()
                enough.wait(20)
                transaction.set_rollback(True)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    answer = bob("POST", "/lists", {"name": "One"}, Idempotency_Key="c-1")
    enough.set()
    holder.join(20)
    assert (answer.status_code, answer["Retry-After"]) == (409, "5")
    assert json.loads(answer.content)["type"].endswith(":in_progress")
    assert bob("POST", "/lists", {"name": "One"}, Idempotency_Key="c-1").status_code == 201

"""Errors: problem details, in the caller's language, whatever comes in."""

import json
from typing import Any

import pytest
from django.db import OperationalError

from tests.api.conftest import Caller, Keys, World
from tests.cast import Cast
from tradewind.audience import contacts as rules
from tradewind.audience.models import Contact


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(answer.content)
    assert set(found) == {"type", "title", "status", "detail", "errors"}
    assert (found["type"], found["status"]) == (f"urn:tradewind:problem:{code}", status)
    assert found["title"]
    assert found["detail"]
    return found


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b'{"email": NaN}', "bad_json"),
        (b"[" * 200_000, "bad_json"),
        (b'{"email": "a\\u0000@b.example"}', "bad_text"),
        (b'{"email": "\\ud800@b.example"}', "bad_text"),
        (b'{"custom": {"a\\u0000": 1}, "email": "a@b.example"}', "bad_text"),
    ],
)
def test_a_body_that_cannot_be_read(keys: Keys, body: bytes, code: str) -> None:
    problem(keys.alice("POST", "/contacts", body), 400, code)
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("body", "where", "code"),
    [
        ({}, "body.email", "missing"),
        ({"email": 7}, "body.email", "string_type"),
        ({"email": "a@b.example", "emial": ""}, "body.emial", "extra_forbidden"),
        ({"email": "a@b.example", "custom": []}, "body.custom", "dict_type"),
        ({"email": "no address"}, "body.email", "invalid"),
        ({"email": "a@b.example", "country": "Atlantis"}, "body.country", "invalid"),
        ([], "body", "model_attributes_type"),
        ("text", "body", "model_attributes_type"),
        (None, "body", "missing"),
    ],
)
def test_fields_that_are_wrong_are_named(keys: Keys, body: Any, where: str, code: str) -> None:
    found = problem(keys.alice("POST", "/contacts", body), 422, "invalid")
    assert [(error["where"], error["code"]) for error in found["errors"]] == [(where, code)]
    assert found["errors"][0]["detail"]


def test_several_wrong_fields_are_all_named(keys: Keys) -> None:
    found = problem(keys.alice("GET", "/contacts?limit=501&company=x"), 422, "invalid")
    assert [(e["where"], e["detail"]) for e in found["errors"]] == [
        ("query.limit", "This must be at most 500."),
        ("query.company", "This must be a whole number."),
    ]


def test_problems_speak_the_callers_language(keys: Keys) -> None:
    keys.alice.language = "zh-CN"
    found = problem(keys.alice("POST", "/contacts", {}), 422, "invalid")
    assert found["errors"][0]["detail"] == "这个字段是必填项。"
    assert found["title"] == "请求中有内容不正确"
    found = problem(Caller("tw_wrong", "zh-CN")("GET", "/contacts"), 401, "unauthenticated")
    assert "密钥" in found["title"]


def test_addresses_and_methods_that_do_not_exist(keys: Keys) -> None:
    problem(keys.alice("GET", "/nothing"), 404, "no_such_address")
    problem(keys.alice("GET", "/contacts/abc"), 404, "no_such_address")
    problem(keys.alice("GET", "/contacts/" + "9" * 40), 422, "invalid")
    problem(keys.alice("GET", "/contacts/0"), 422, "invalid")
    answer = keys.alice("PUT", "/contacts", {})
    problem(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


def test_content_that_is_not_taken(keys: Keys) -> None:
    problem(
        keys.alice("POST", "/contacts", b"email=a", Content_Type="application/x-www-form-urlencoded"),
        415,
        "content_type",
    )
    problem(keys.alice("POST", "/imports", {}), 415, "content_type")
    big = b'{"email": "' + b"a" * (2 * 1024 * 1024) + b'"}'
    problem(keys.alice("POST", "/contacts", big), 413, "too_large")


def test_a_form_that_cannot_be_read(keys: Keys) -> None:
    problem(keys.alice("POST", "/imports", b"no form", Content_Type="multipart/form-data"), 400, "bad_form")
    found = problem(
        keys.alice("POST", "/imports", b"--x--\r\n", Content_Type="multipart/form-data; boundary=x"),
        422,
        "invalid",
    )
    assert found["errors"][0]["where"] == "file.file"


def test_a_database_that_is_away(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(rules, "create", away)
    answer = keys.alice("POST", "/contacts", {"email": "a@b.example"})
    found = problem(answer, 503, "unavailable")
    assert "closed" not in json.dumps(found)
    assert answer["Retry-After"] == "5"


def test_characters_that_no_database_keeps(keys: Keys) -> None:
    for path in ("/contacts?q=%00", "/contacts?country=%00", "/suppressions?q=a%00", "/audit-log?action=%00"):
        problem(keys.alice("GET", path), 400, "bad_text")


def test_a_fault_of_ours_says_so_and_changes_nothing(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("secret detail")

    real = rules.create

    def half(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        broken()

    monkeypatch.setattr(rules, "create", half)
    found = problem(keys.alice("POST", "/contacts", {"email": "a@b.example"}), 500, "internal")
    assert "secret" not in json.dumps(found)
    assert not Contact.objects.exists()


def test_references_to_other_workspaces_are_unknown(keys: Keys, world: World, cast: Cast) -> None:
    made = json.loads(keys.charlie("POST", "/campaigns", {"name": "Mine"}).content)
    for body in ({"lists": [world.audience.pk]}, {"lists": [], "excluded_lists": [world.audience.pk]}):
        found = problem(keys.charlie("PUT", f"/campaigns/{made['id']}/audience", body), 422, "invalid")
        assert found["errors"][0]["code"] == "unknown"
    choices: list[dict[str, Any]] = [
        {"template": world.template.pk, "sender": None},
        {"template": None, "sender": world.sender.pk},
    ]
    for choice in choices:
        problem(keys.charlie("PUT", f"/campaigns/{made['id']}/content", choice), 422, "invalid")
    assert world.campaign.workspace == cast.workspace

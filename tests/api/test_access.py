"""Who may do what, over every operation of the description."""

from collections.abc import Callable
from typing import Any

from tests.api.conftest import Caller, Keys, World
from tests.cast import Cast
from tradewind.accounts.models import ApiKey
from tradewind.accounts.roles import Permission, Role
from tradewind.api.app import api

SCHEMA = api.get_openapi_schema(path_prefix="")
OPERATIONS = [
    (path, method.upper(), operation)
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
]
NEEDS_START = ("/report", "/rejected")
Paths = Callable[[str], str]


def test_nothing_without_a_key(ids: Paths) -> None:
    for path, method, _operation in OPERATIONS:
        for key in ("", "tw_wrong", "é"):
            answer = Caller(key)(method, ids(path), {})
            assert answer.status_code == 401, (method, path, answer.content)
            assert answer["Content-Type"] == "application/problem+json"
            assert answer["WWW-Authenticate"] == "Bearer"


def test_a_stranger_finds_nothing(ids: Paths, keys: Keys, world: World) -> None:
    """Charlie may do everything, elsewhere."""
    for path, method, operation in OPERATIONS:
        if "{" in path:
            answer = keys.charlie(method, ids(path), _body(operation))
            assert answer.status_code == 404, (method, path, answer.content)
            assert answer["Content-Type"] == "application/problem+json"
        elif method == "GET":
            answer = keys.charlie(method, path)
            assert answer.status_code == 200, (method, path, answer.content)
            assert b"lantern" not in answer.content.lower() or path == "/starters", path


def test_each_role_does_what_it_may(ids: Paths, keys: Keys) -> None:
    for path, method, operation in OPERATIONS:
        permission = Permission(operation["x-permission"])
        for name, role in (("bob", Role.MARKETER), ("sam", Role.SALES), ("dora", Role.VIEWER)):
            status = getattr(keys, name)(method, ids(path), b"not json").status_code
            if not role.may(permission):
                assert status == 403, (name, method, path)
            else:
                assert status in (200, 400, 404, 409, 415), (name, method, path, status)


def test_the_owner_reads_everything(ids: Paths, keys: Keys, world: World) -> None:
    for path, method, _operation in OPERATIONS:
        if method != "GET":
            continue
        target = ids(path)
        if any(part in path for part in NEEDS_START):
            assert keys.alice("GET", target).status_code in (404, 409)
            target = target.replace(f"/campaigns/{world.campaign.pk}", f"/campaigns/{world.started.pk}")
        if not path.endswith("/rejected"):
            answer = keys.alice("GET", target)
            assert answer.status_code == 200, (path, answer.content)


def test_a_revoked_key_opens_nothing(cast: Cast) -> None:
    key, raw = ApiKey.issue(cast.workspace, "ERP", Role.OWNER, None)
    assert Caller(raw)("GET", "/workspace").status_code == 200
    key.revoke()
    assert Caller(raw)("GET", "/workspace").status_code == 401


def test_every_viewing_post_is_known() -> None:
    """A write that only needs VIEW must be one that changes nothing."""
    declared = [
        (operation, method) for methods in SCHEMA["paths"].values() for method, operation in methods.items()
    ]
    found = {
        o["operationId"] for o, method in declared if method != "get" and o["x-permission"] == Permission.VIEW
    }
    assert found == {"preview_template"}


def _body(operation: Any) -> Any:
    """The least body that the description allows."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return _example(content["schema"]) if content else None


def _example(schema: Any) -> Any:  # noqa: C901 - one case for each kind of schema
    if "$ref" in schema:
        return _example(SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for word in ("anyOf", "allOf"):
        if word in schema:
            return _example(schema[word][0])
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _example(schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [_example(schema["items"])] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "string":
            return "2030-01-01T00:00:00Z" if schema.get("format") == "date-time" else "x"
    return None

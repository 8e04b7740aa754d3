"""The description is whole, and the page that shows it asks nobody else."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from ninja import Schema

from tradewind.api.app import api

SCHEMA: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), default=str))
OPERATIONS = {
    (path, method): found for path, methods in SCHEMA["paths"].items() for method, found in methods.items()
}


def test_it_is_served_without_a_key(db: None) -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json()["paths"].keys() == SCHEMA["paths"].keys()


def test_every_operation_says_what_it_is() -> None:
    names = [found["operationId"] for found in OPERATIONS.values()]
    assert len(names) == len(set(names)) > 80
    for place, found in OPERATIONS.items():
        assert found["summary"], place
        assert not found["summary"].endswith("."), place
        assert found["tags"], place
        assert found["security"] == [{"KeyAuth": []}], place
        codes = set(found["responses"])
        assert {"400", "401", "403", "404", "422", "500"} <= codes, place
        assert any(code.startswith("2") for code in codes), place
        for code, response in found["responses"].items():
            assert response["description"], place
            kinds = set(response.get("content", {}))
            assert (
                kinds == {"application/problem+json"}
                if code >= "4"
                else kinds <= {"application/json", "text/csv"}
            ), (
                place,
                code,
            )
    assert SCHEMA["components"]["securitySchemes"]["KeyAuth"] == {"type": "http", "scheme": "bearer"}


def test_parameters_fit_their_paths() -> None:
    for (path, _method), found in OPERATIONS.items():
        parameters = found.get("parameters", [])
        keys = [(p["in"], p["name"]) for p in parameters]
        assert len(keys) == len(set(keys)), path
        in_path = {p["name"] for p in parameters if p["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path)), path
        for parameter in parameters:
            assert parameter["required"] is (parameter["in"] == "path"), (path, parameter)
            assert isinstance(parameter.get("examples", {}), dict), (path, parameter)
            assert parameter["schema"], (path, parameter)


def test_every_reference_leads_somewhere() -> None:
    known = SCHEMA["components"]["schemas"]
    found = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(SCHEMA)))
    assert found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in known, reference
    for name, schema in known.items():
        assert "properties" in schema or "enum" in schema or "type" in schema, name


def test_no_two_schemas_share_a_name() -> None:
    """The description knows them by name alone: the second would silently take the place of the first."""
    seen: dict[str, str] = {}
    waiting = list(Schema.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.startswith("tradewind.api"):
            assert seen.setdefault(one.__name__, one.__module__) == one.__module__, one


def test_bodies_refuse_unknown_fields() -> None:
    for place, found in OPERATIONS.items():
        content = found.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        names = re.findall(r"#/components/schemas/(\w+)", json.dumps(content))
        assert names, place
        for name in names:
            assert SCHEMA["components"]["schemas"][name]["additionalProperties"] is False, (place, name)


def test_every_post_that_works_takes_an_idempotency_key() -> None:
    without = {
        found["operationId"]
        for (_path, method), found in OPERATIONS.items()
        if method == "post" and not any(p["name"] == "Idempotency-Key" for p in found.get("parameters", []))
    }
    assert without == {"check_sending_domain", "test_channel"}


@pytest.mark.django_db
def test_the_page_asks_only_us() -> None:
    client = Client()
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    text = page.content.decode()
    targets = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(targets) == 4
    assert "script-src 'self'" in page["Content-Security-Policy"]
    for target in targets:
        assert not target.startswith(("http", "//"))
        found = client.get(f"/api/v1/{target}")
        assert found.status_code == 200
        assert len(found.content) > 500
    assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\son\w+=", text)
    assert client.get("/api/v1/docs/../settings.py").status_code == 404
    assert client.get("/api/v1/docs/app.py").status_code == 404
    assert client.get("/api/v1/").headers["Location"] == "/api/v1/docs"

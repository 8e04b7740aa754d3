"""A file on its way into the audience, as a program sends it."""

import csv
import io
import json
from typing import Any

import pytest

from tests.api.conftest import Keys
from tests.cast import Cast
from tradewind.audience import importing
from tradewind.audience.importing import limits
from tradewind.audience.models import Contact, Import, List, Subscription

FAIR = "邮箱,姓名,公司,产品\nanna@buyers.example,安娜,进口公司,灯笼\nno address,Bo,,\n".encode("gb18030")
START = {"source": "广交会 2026", "basis": "card_at_fair", "confirmed": True}


def uploaded(keys: Keys, content: bytes = FAIR) -> dict[str, Any]:
    answer = keys.sam.upload("广交会.csv", content)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_from_the_file_to_the_contacts(keys: Keys, cast: Cast) -> None:
    listed = List.objects.create(workspace=cast.workspace, name="Fair")
    found = uploaded(keys)
    assert (found["encoding"], found["file_name"], found["state"]) == ("gb18030", "广交会.csv", "uploaded")
    assert found["mapping"] == {
        "邮箱": "email",
        "姓名": "full_name",
        "公司": "company",
        "产品": "custom.产品",
    }
    path = f"/imports/{found['id']}"

    preview = json.loads(keys.dora("GET", f"{path}/preview").content)
    assert (preview["checked"], preview["rejected"], preview["complete"]) == (2, 1, True)
    assert preview["rows"][1]["problem"]
    assert preview["reasons"][0]["rows"] == 1

    mapped = keys.sam("PATCH", path, {"mapping": {"产品": "custom.product"}})
    assert json.loads(mapped.content)["mapping"]["产品"] == "custom.product"
    started = keys.sam("POST", f"{path}/start", START | {"list": listed.pk})
    assert started.status_code == 200, started.content
    assert json.loads(started.content)["state"] == "mapped"
    assert keys.sam("POST", f"{path}/start", START).status_code == 409
    assert keys.sam("PATCH", path, {"mapping": {}}).status_code == 409
    assert keys.sam("GET", f"{path}/rejected").status_code == 404

    importing.run(found["id"])  # the job
    done = json.loads(keys.dora("GET", path).content)
    assert [done[name] for name in ("state", "created", "rejected", "subscribed", "has_rejected_file")] == [
        "done",
        1,
        1,
        1,
        True,
    ]
    contact = Contact.objects.get(workspace=cast.workspace)
    assert (contact.email, contact.custom) == ("anna@buyers.example", {"product": "灯笼"})
    assert Subscription.objects.filter(list=listed, contact=contact).exists()

    rejected: Any = keys.dora("GET", f"{path}/rejected")
    assert rejected["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(b"".join(rejected.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == 2
    assert "no address" in rows[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file_empty"),
        (b"Email\n", "file_no_rows"),
        (b"PK\x03\x04" + b"x" * 100, "file_workbook"),
        (b"\0\1\2" * 500, "file_not_text"),
        (b",".join(b"c%d" % n for n in range(10_000)) + b"\n1\n", "file_too_many_columns"),
        (b'Email,"Name\na@b.example,x\n', "file_broken_headings"),
    ],
)
def test_files_that_are_no_table(keys: Keys, content: bytes, reason: str) -> None:
    answer = keys.bob.upload("broken.csv", content)
    assert answer.status_code == 422, answer.content
    problem = json.loads(answer.content)
    assert problem["type"] == f"urn:tradewind:problem:{reason}"
    assert problem["detail"].endswith(".")
    assert not Import.objects.exists()


def test_a_file_that_is_too_big(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_MIB", 0)
    assert keys.bob.upload("big.csv", FAIR).status_code == 413


def test_it_starts_only_with_an_address_and_a_word_on_the_source(keys: Keys) -> None:
    found = uploaded(keys)
    path = f"/imports/{found['id']}"
    assert keys.bob("POST", f"{path}/start", START | {"confirmed": False}).status_code == 409
    assert keys.bob("POST", f"{path}/start", START | {"basis": "guessed"}).status_code == 422
    assert keys.bob("PATCH", path, {"mapping": {"邮箱": ""}}).status_code == 422
    assert keys.bob("PATCH", path, {"encoding": "klingon"}).status_code == 422
    assert (
        keys.bob("PATCH", path, {"mapping": {"姓名": "first_name", "公司": "first_name"}}).status_code == 422
    )
    kept = json.loads(keys.bob("GET", path).content)
    assert kept["mapping"] == found["mapping"]
    assert kept["state"] == "uploaded"

"""`tradewind contacts` and `tradewind suppress`."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.audience.files import csv_of
from tests.cast import Cast
from tradewind.audience.models import Contact, Import, Suppression
from tradewind.cli import build


def run(*arguments: str, given: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(build(), list(arguments), input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def fair(tmp_path: Path) -> str:
    path = tmp_path / "fair.csv"
    path.write_bytes(csv_of(["邮箱", "姓名"], ["a@b.de", "王伟"], ["bad", ""], ["A@b.de", ""]))
    return str(path)


def test_import_and_export(cast: Cast, fair: str, tmp_path: Path) -> None:
    options = [
        "--workspace",
        cast.workspace.slug,
        "--list",
        "Fair",
        "--source",
        "Canton",
        "--basis",
        "card_at_fair",
    ]
    code, output = run("contacts", "import", fair, *options, "--json")
    result = json.loads(output.strip().splitlines()[-1])
    assert (code, result["state"]) == (0, "done")
    assert [result[name] for name in ("created", "rejected", "duplicates", "subscribed")] == [1, 1, 1, 1]
    assert "bad" in Path(result["rejected_file"]).read_text(encoding="utf-8-sig")
    code, output = run("contacts", "import", fair, *options)
    assert code == 0
    assert "-rejected.csv" in output
    target = tmp_path / "out.csv"
    run("contacts", "export", "--workspace", cast.workspace.slug, "--list", "fair", "--to", str(target))
    rows = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert [row[:3] for row in rows[1:]] == [["a@b.de", "伟", "王"]]


def test_what_cannot_be_imported_is_said(cast: Cast, fair: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    slug = cast.workspace.slug
    for arguments, sentence in (
        ([fair, "-w", slug, "--source", "x", "--basis", "because"], "card_at_fair"),
        ([fair, "-w", "nowhere", "--source", "x", "--basis", "customer"], "nowhere"),
        ([fair, "--source", "x", "--basis", "customer"], "--workspace"),
        ([str(empty), "-w", slug, "--source", "x", "--basis", "customer"], "empty"),
        ([fair, "-w", slug, "--source", " ", "--basis", "customer"], "where these addresses come from"),
    ):
        code, output = run("contacts", "import", *arguments)
        assert (code, sentence in output) == (1, True), output
    assert not Contact.objects.exists()
    assert not Import.objects.filter(state="running").exists()


def test_suppress(cast: Cast) -> None:
    slug = cast.workspace.slug
    code, output = run("suppress", "add", "A@b.de", "rival.example", "-w", slug, "--note", "asked")
    assert (code, Suppression.objects.count()) == (0, 2), output
    code, output = run("suppress", "add", "-", "-w", slug, "--json", given="a@b.de\nc@d.de\nrubbish\n")
    assert code == 1
    assert json.loads(output.splitlines()[0])["added"] == 1
    code, output = run("suppress", "list", "a@", "-w", slug)
    assert output.strip() == "a@b.de\tmanual\tasked"
    assert run("suppress", "remove", "a@b.de", "-w", slug)[0] == 0
    assert run("suppress", "remove", "a@b.de", "-w", slug)[0] == 1
    assert run("suppress", "remove", "rival.example", "-w", slug)[0] == 0

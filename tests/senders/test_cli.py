"""The commands for domains, channels and senders, run as they are typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cast import Cast
from tradewind import cli
from tradewind.lab.testing import LabProcess
from tradewind.senders.models import Channel, Sender


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    from tradewind.cli import senders

    monkeypatch.setattr(senders, "start_django", lambda: None)  # it runs already


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.build(), list(words))
    return result.exit_code, result.output


def test_from_nothing_to_a_sender(cast: Cast, lab: LabProcess, tmp_path: Path) -> None:
    at = ("-w", cast.workspace.slug)
    code, zone = run("domains", "add", "cli-lantern.example", *at)
    assert code == 0
    assert "_domainkey.cli-lantern.example. 3600 IN TXT" in zone
    assert run("domains", "add", "cli-lantern.example", *at)[0] == 1
    code, said = run("domains", "check", "cli-lantern.example", *at)
    assert code == 1
    assert "There is no DMARC record" in said
    records = json.loads(run("domains", "records", "cli-lantern.example", "--json", *at)[1])
    lab.publish({"name": r["name"], "type": r["type"], "data": r["value"]} for r in records)
    code, said = run("domains", "check", "cli-lantern.example", "--json", *at)
    assert (code, json.loads(said)["state"]) == (0, "authenticated")
    secret = tmp_path / "password"
    secret.write_text("swordfish\n")
    code, _said = run(
        "channels",
        "add",
        "Relay",
        "--host",
        "127.0.0.1",
        "--port",
        "9",
        "--username",
        "li",
        "--password-file",
        str(secret),
        *at,
    )
    assert (code, Channel.objects.get().password) == (0, "swordfish")
    assert run("channels", "add", "Relay", "--host", "x", *at)[0] == 1
    code, said = run("channels", "test", "Relay", *at)
    assert code == 1
    assert "Nothing listens" in said
    assert run("channels", "add", "Direct", "--direct", "--port", str(lab.smtp_port), *at)[0] == 0
    code, said = run("channels", "test", "Direct", "--domain", "qq.com", "--talk", *at)
    assert code == 0, said
    assert "> ehlo" in said.lower()
    code, number = run("senders", "add", "Li Wei", "li@cli-lantern.example", "--channel", "Direct", *at)
    assert (code, Sender.objects.get().pk) == (0, int(number))


@pytest.mark.parametrize(
    "words",
    [
        ("domains", "add", "gmail.com"),
        ("domains", "check", "unknown.example"),
        ("channels", "add", "X"),
        ("channels", "add", "X", "--host", "h", "--security", "maybe"),
        ("channels", "add", "X", "--host", "h", "--password-file", "/nowhere"),
        ("channels", "test", "X"),
        ("senders", "add", "A", "a@b.example", "--channel", "X"),
        ("domains", "records", "x.example", "-w", "nowhere"),
    ],
)
def test_what_cannot_be_done_says_why(cast: Cast, words: tuple[str, ...]) -> None:
    code, said = run(*words, *(() if "-w" in words else ("-w", cast.workspace.slug)))
    assert code == 1
    assert said.strip().endswith((".", "example", "directory")) or said.strip()


def test_with_several_workspaces_one_must_be_chosen(cast: Cast) -> None:
    code, said = run("domains", "add", "x.example")
    assert code == 1
    assert "--workspace" in said

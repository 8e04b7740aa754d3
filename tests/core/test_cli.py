"""The command line: quick help in both languages, and sentences instead of tracebacks."""

import json
import os
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from tradewind import __version__
from tradewind.cli import NOUNS, build


def _tradewind(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tradewind", *words],
        env={"PATH": os.environ["PATH"], "TRADEWIND_DATA": os.environ["TRADEWIND_DATA"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_noun_registers() -> None:
    for noun in NOUNS:
        app = typer.Typer()
        import_module(f"tradewind.cli.{noun}").register(app)
        assert app.registered_commands or app.registered_groups, noun


def test_every_command_has_a_group_and_a_sentence() -> None:
    app = build()
    for command in app.registered_commands:
        assert command.rich_help_panel, command.name
        assert command.help, command.name


@pytest.mark.parametrize(("language", "word"), [("en", "Set up"), ("zh-hans", "安装与设置")])
def test_help_is_grouped_and_translated(language: str, word: str) -> None:
    shown = _tradewind("--help", TRADEWIND_LANGUAGE=language, COLUMNS="120")
    assert shown.returncode == 0
    assert word in shown.stdout


def test_help_loads_neither_django_nor_rooms() -> None:
    code = (
        "import sys; from tradewind.cli import main; main(['--help']); "
        "print([m for m in sys.modules if m == 'django' or m == 'tradewind.core.settings'], file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stderr.strip() == "[]"


def test_version() -> None:
    assert _tradewind("--version").stdout.strip() == f"Tradewind {__version__}"


def test_a_bad_setting_is_one_sentence() -> None:
    shown = _tradewind("migrate", TRADEWIND_WEB_PORT="eighty")
    assert shown.returncode == 2
    assert "TRADEWIND_WEB_PORT" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_database_that_is_away_is_one_sentence() -> None:
    shown = _tradewind("migrate", DATABASE_URL="postgresql://x@127.0.0.1:1/x")
    assert shown.returncode == 1
    assert "does not answer" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_doctor_without_database_still_looks_at_the_rest() -> None:
    shown = _tradewind("doctor", "--json", DATABASE_URL="postgresql://x@127.0.0.1:1/x")
    found = json.loads(shown.stdout)
    states = {finding["name"]: finding["state"] for finding in found["findings"]}
    assert shown.returncode == 1
    assert not found["healthy"]
    assert states["database"] == "bad"
    assert states["disk"] == "good"

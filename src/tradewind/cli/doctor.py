"""`tradewind doctor`: what is wrong with this installation, and how to mend it."""

import json
from typing import TYPE_CHECKING

import typer

from tradewind.cli.common import SET_UP, start_django
from tradewind.cli.words import gettext as _

if TYPE_CHECKING:
    from tradewind.core.health import Finding


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "doctor", rich_help_panel=SET_UP, help=_("What is wrong with this installation, and how to mend it.")
    )
    def doctor(
        as_json: bool = typer.Option(False, "--json", help=_("Machine-readable.")),
        mx: str = typer.Option("", "--mx", help=_("A mail server of yours, to try whether mail can leave.")),
        port: int = typer.Option(25, "--port", help=_("The port to try with --mx.")),
    ) -> None:
        raise SystemExit(diagnose(as_json=as_json, mx=mx, port=port))


def diagnose(*, as_json: bool, mx: str, port: int) -> int:
    """Print all findings; returns 1 when one of them is bad."""
    from tradewind.core.env import EnvError
    from tradewind.core.health import Finding, State, Wishes, examine

    findings: list[Finding] = []
    try:
        start_django(database=False)
    except EnvError as error:
        findings.append(Finding("settings", State.BAD, str(error)))
    else:
        findings += _bring_up_database()
        findings += examine(Wishes(mx=mx, port=port))
    bad = [finding for finding in findings if finding.state is State.BAD]
    if as_json:
        rows = [
            {"name": f.name, "state": f.state.value, "sentence": f.sentence, "mend": f.mend} for f in findings
        ]
        print(json.dumps({"healthy": not bad, "findings": rows}, ensure_ascii=False, indent=2))
    else:
        _show(findings, len(bad))
    return 1 if bad else 0


def _bring_up_database() -> "list[Finding]":
    from tradewind.core import postgres
    from tradewind.core.env import EnvError
    from tradewind.core.health import Finding, State

    try:
        postgres.ensure_running()
    except EnvError as error:
        return [Finding("database", State.BAD, str(error))]
    return []


def _show(findings: "list[Finding]", bad: int) -> None:
    from rich.console import Console
    from rich.table import Table

    marks = {"good": "[green]✓[/]", "warning": "[yellow]![/]", "bad": "[red]✗[/]", "skipped": "[dim]–[/]"}
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        mend = f"\n[bold]→ {_safe(finding.mend)}[/]" if finding.mend else ""
        table.add_row(marks[finding.state.value], f"[dim]{finding.name}[/]", _safe(finding.sentence) + mend)
    console = Console()
    console.print(table)
    console.print()
    if bad:
        console.print(f"[red]{_('To be mended: {count}').format(count=bad)}[/]")
    else:
        console.print(f"[green]{_('Tradewind is well.')}[/]")


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)

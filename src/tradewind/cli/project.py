"""`tradewind project`: from events to everything derived, and the chores that come before."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import typer

from tradewind.cli.common import RUN, start_django
from tradewind.cli.words import gettext as _

if TYPE_CHECKING:
    from tradewind.ledger.projectors import Projector

ROOMS = ("outreach", "signals", "reputation", "insights", "crm")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("project", rich_help_panel=RUN, help=_("Turn events into figures, scores and judgements."))
    def project(
        once: bool = typer.Option(False, "--once", help=_("Do what is there, then end.")),
        rebuild: list[str] = typer.Option(
            [], "--rebuild", help=_("Build the output of this projector again from zero. May be repeated.")
        ),
    ) -> None:
        start_django()
        work(once=once, rebuild=rebuild)


def work(*, once: bool, rebuild: list[str]) -> None:
    """Run all projectors and the chores before them, until SIGTERM or Ctrl-C, or once."""
    import signal
    import threading

    from tradewind.cli.common import fail
    from tradewind.ledger import projectors as ledger

    projectors, before = everything()
    known = {projector.name: projector for projector in projectors}
    for name in rebuild:
        if name not in known:
            fail(
                _("There is no projector {name}. There are: {names}.").format(
                    name=name, names=", ".join(known)
                )
            )
        ledger.rebuild(known[name])
    if once:
        for chore in before:
            chore()
        ledger.catch_up(projectors)
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stop.set())
    ledger.run(projectors, before, stop=stop.is_set)


def everything() -> "tuple[list[Projector], list[Callable[[], object]]]":
    """The projectors of all rooms (`PROJECTORS` in `<room>/projectors.py`), and their chores (`BEFORE`)."""
    projectors: list[Projector] = []
    before: list[Callable[[], object]] = []
    for room in ROOMS:
        if find_spec(f"tradewind.{room}.projectors") is None:
            continue
        module = import_module(f"tradewind.{room}.projectors")
        projectors += getattr(module, "PROJECTORS", [])
        before += getattr(module, "BEFORE", [])
    return projectors, before

"""`tradewind worker`: sends what is planned."""

import typer

from tradewind.cli.common import RUN, start_django
from tradewind.cli.words import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "worker",
        rich_help_panel=RUN,
        help=_("Sends what is planned; run as many as you like, on many machines."),
    )
    def worker() -> None:
        start_django()
        work()


def work() -> None:
    """Send until SIGTERM or Ctrl-C; what is in flight then gets ten seconds."""
    import asyncio

    import uvloop

    from tradewind.delivery.worker import run_worker

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_worker())

"""`tradewind demo`: the story of an exporter, told by the real program in the laboratory.

`people.py` writes the address book, `stage.py` starts the laboratory and Tradewind, `story.py` does what the people of
the story would do on the pages, `ending.py` waits and compares our figures with the laboratory's books.
"""

import typer

from tradewind.cli.common import LABORATORY
from tradewind.cli.words import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "demo",
        rich_help_panel=LABORATORY,
        help=_("A whole campaign in the laboratory: watch it in the browser."),
    )
    def demo(
        once: bool = typer.Option(
            False, "--once", help=_("Without a browser: run the campaign to its end, print the figures.")
        ),
        people: int = typer.Option(2000, "--people", min=40, max=200_000, help=_("How many contacts.")),
        pace: float = typer.Option(
            0.0, "--pace", help=_("Mail seconds in one second (default: 120, with --once 240).")
        ),
        seed: int = typer.Option(7, "--seed", help=_("Another seed, other people.")),
    ) -> None:
        from tradewind.cli.demo.stage import Stage, play

        raise SystemExit(
            play(Stage(people=people, pace=pace or (240.0 if once else 120.0), seed=seed), once=once)
        )

"""`tradewind lab`: the laboratory on its own. It knows nothing of the rest, so its options are its own as well."""

import typer

from tradewind.cli.common import LABORATORY
from tradewind.cli.words import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "lab",
        rich_help_panel=LABORATORY,
        help=_("The laboratory alone: DNS, mail servers and readers on loopback (tradewind lab --help)."),
        context_settings={
            "allow_extra_args": True,
            "ignore_unknown_options": True,
            "help_option_names": [],
        },
    )
    def lab(context: typer.Context) -> None:
        from tradewind.lab.__main__ import main

        raise SystemExit(main(context.args))

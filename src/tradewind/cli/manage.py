"""`tradewind manage ...`: Django's own commands, for developers."""

import os
import sys
from collections.abc import Sequence

import typer

from tradewind.cli.common import SET_UP
from tradewind.cli.words import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "manage",
        rich_help_panel=SET_UP,
        help=_("Django's own commands, for developers (tradewind manage help)."),
        context_settings={
            "allow_extra_args": True,
            "ignore_unknown_options": True,
            "help_option_names": [],
        },
    )
    def manage(context: typer.Context) -> None:
        run(context.args)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run a Django management command with the embedded database up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradewind.core.settings")
    from django.core.management import execute_from_command_line

    from tradewind.core import postgres

    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and not {"help", "--help", "version"} & set(given):
        postgres.ensure_running()
    execute_from_command_line(["tradewind manage", *given])

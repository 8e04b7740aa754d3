"""`tradewind migrate`: the database gets the shape that this version needs."""

import typer

from tradewind.cli.common import SET_UP
from tradewind.cli.words import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "migrate",
        rich_help_panel=SET_UP,
        help=_("Bring the database to the shape that this version needs. `tradewind run` does it by itself."),
    )
    def migrate(
        quiet: bool = typer.Option(False, "--quiet", "-q", help=_("Say nothing when all is well.")),
    ) -> None:
        from tradewind.cli.common import start_django

        start_django()
        migrate_safely(verbosity=0 if quiet else 1)


def migrate_safely(verbosity: int = 1) -> None:
    """Migrate; when several machines start at once, one does it and the others wait."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('tradewind migrate'))")
        try:
            call_command("migrate", interactive=False, verbosity=verbosity)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('tradewind migrate'))")

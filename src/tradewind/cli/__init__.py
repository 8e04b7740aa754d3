"""The command `tradewind`.

Commands live in `cli/<noun>.py`. Each has `register(app: typer.Typer) -> None`, which adds its commands to a
group of `cli.common`, and imports what is slow (Django, models, rooms) inside the commands. To add a noun:
its file, and its name below.
"""

import sys
from importlib import import_module

import typer

NOUNS = (
    # run
    "run",
    "worker",
    "inbound",
    "project",
    # set up
    "doctor",
    "migrate",
    "manage",
    "senders",
    # audience
    "audience",
    # campaigns, look
    "campaigns",
    "explain",
    # laboratory
    "demo",
    "lab",
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    from tradewind.core.env import EnvError

    try:
        build()(args=arguments, prog_name="tradewind", standalone_mode=True)
    except EnvError as error:
        print(f"{error}", file=sys.stderr)
        return 2
    except Exception as error:
        sentence = _database_away(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _database_away(error: Exception) -> str | None:
    """What to say when the database cannot be reached; None for every other error."""
    if "django.db" not in sys.modules:
        return None
    from django.db import OperationalError

    if not isinstance(error, OperationalError):
        return None
    from tradewind.cli.words import gettext as _

    return _("The database does not answer: {why}\nNothing is lost. See: tradewind doctor").format(
        why=str(error).strip()
    )


def build() -> typer.Typer:
    """The whole command line."""
    from tradewind.cli.words import gettext as _

    app = typer.Typer(
        no_args_is_help=True,
        add_completion=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        help=_(
            "Outreach mail for exporting companies: from 'sent' to 'reached', and from there to a "
            "conversation."
        ),
    )

    @app.callback(invoke_without_command=True)
    def options(
        version: bool = typer.Option(False, "--version", help=_("Show the version and end.")),
    ) -> None:
        if version:
            from tradewind import __version__

            print(f"Tradewind {__version__}")
            raise typer.Exit

    for noun in NOUNS:
        import_module(f"tradewind.cli.{noun}").register(app)
    return app

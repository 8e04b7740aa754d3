"""`tradewind inbound`: takes bounces, replies, complaints and unsubscribe mails."""

import typer

from tradewind.cli.common import RUN, start_django
from tradewind.cli.words import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "inbound",
        rich_help_panel=RUN,
        help=_("Take bounces, replies, complaints and unsubscribe mails, by SMTP or LMTP."),
    )
    def inbound(
        lmtp: bool = typer.Option(False, "--lmtp", help=_("Speak LMTP, behind a mail server of your own.")),
    ) -> None:
        start_django()
        from tradewind.signals.inbound import server

        server.run(lmtp=lmtp)

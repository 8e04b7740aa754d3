"""`tradewind manage ...`: Django's own commands."""

import os
import sys
from collections.abc import Sequence


def run(arguments: Sequence[str] | None = None) -> None:
    """Run a Django management command with the embedded database up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradewind.core.settings")
    from django.core.management import execute_from_command_line

    from tradewind.core import postgres

    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and not {"help", "--help", "version"} & set(given):
        postgres.ensure_running()
    execute_from_command_line(["tradewind manage", *given])

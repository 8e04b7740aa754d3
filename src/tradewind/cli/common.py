"""What every command needs: the groups of `tradewind --help`, Django and the database up, a good end."""

import os
import signal
import sys
from typing import NoReturn

from tradewind.cli.words import chosen_language
from tradewind.cli.words import gettext as _

RUN = _("Run")
SET_UP = _("Set up")
AUDIENCE = _("Audience")
CAMPAIGNS = _("Campaigns")
LOOK = _("Look")
LABORATORY = _("Laboratory")

BAD_SETTINGS = 2
"""Exit code when the settings cannot be used; a supervisor need not try again soon."""


def start_django(*, database: bool = True) -> None:
    """Django, ready to use, speaking the language of the command line; with `database`, the embedded server
    runs.

    Raises `EnvError` for settings that cannot be used (`cli.main` shows it without traceback).
    """
    end_on_sigterm()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradewind.core.settings")
    from tradewind.core import postgres

    if database:
        postgres.ensure_running()
    import django
    from django.utils import translation

    django.setup()
    translation.activate(chosen_language())


def end_on_sigterm() -> None:
    """Let SIGTERM unwind the program like Ctrl-C does, so that what was begun is put in order."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_args: sys.exit(128 + signal.SIGTERM))


def fail(sentence: str, code: int = 1) -> NoReturn:
    """Say what is wrong on standard error, and end."""
    print(sentence, file=sys.stderr)
    raise SystemExit(code)

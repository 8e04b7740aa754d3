"""The language of the command line, without Django, so that `tradewind --help` is quick.

TRADEWIND_LANGUAGE decides; unset, the language of the terminal (LC_ALL, LC_MESSAGES, LANG).
"""

import gettext as stdlib
import os
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"


@cache
def chosen_language() -> str:
    """`en` or `zh-hans`."""
    given = os.environ.get("TRADEWIND_LANGUAGE", "")
    terminal = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh-hans" if (given or terminal).lower().startswith("zh") else "en"


@cache
def _translations() -> stdlib.NullTranslations:
    folder = {"zh-hans": "zh_Hans"}.get(chosen_language(), "en")
    return stdlib.translation("django", LOCALE, languages=[folder], fallback=True)


def gettext(text: str) -> str:
    """`text` in the language of the command line."""
    return _translations().gettext(text)

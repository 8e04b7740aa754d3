"""The story in a process of its own, with the settings of the demonstration's installation.

Run by `stage.py`: `python -m tradewind.cli.demo.acts LAB BUYERS.csv [--once]`, LAB being the laboratory's ready line.
"""

import json
import sys
from pathlib import Path

from tradewind.cli.common import start_django
from tradewind.cli.words import gettext as _
from tradewind.lab.testing import LabProcess


def main(lab_info: str, address_book: str, *options: str) -> int:
    """Tell the story; with --once to its end. Returns the exit code."""
    start_django()
    from django.conf import settings

    from tradewind.cli.demo import ending, story

    lab = LabProcess(state=Path(address_book).parent / "lab")
    lab.info = json.loads(lab_info)
    told = story.tell(lab, Path(address_book))
    if "--once" in options:
        return ending.wait_and_compare(told, lab)
    print(
        _invitation(f"{settings.PUBLIC_URL}{told.page}", f"{story.EMAIL}   {story.PASSWORD}", lab), flush=True
    )
    return 0


def _invitation(page: str, login: str, lab: LabProcess) -> str:
    """Where to look, and how to get in."""
    return "\n".join(
        [
            "",
            _("The campaign is on its way. Watch it:"),
            f"    {page}",
            f"    {login}",
            _("The mailboxes of its readers, in the laboratory:"),
            f"    {lab.http_url}/",
            _("Ctrl-C ends everything."),
        ]
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""The end of the story: wait until nothing is open any more, then our figures beside the laboratory's books."""

import json
import time
from typing import Any

from django.db import connection
from rich.console import Console
from rich.table import Table

from tradewind.cli.demo.story import Told
from tradewind.cli.words import gettext as _
from tradewind.insights.funnel import Funnel, funnel
from tradewind.lab.testing import LabProcess
from tradewind.outreach.models import Campaign
from tradewind.signals.models import Hit

SENDING_SECONDS = 300.0
QUIET_SECONDS = 60.0
FIGURES = (
    "planned",
    "skipped",
    "accepted",
    "refused",
    "expired",
    "unknown",
    "bounced",
    "complained",
    "opened_human",
    "opened_machine",
    "clicked_human",
    "clicked_machine",
    "replied",
    "unsubscribed",
)
EXACT = ("accepted", "refused", "bounced", "complained", "unsubscribed")
"""What both sides know for certain. Opens and clicks are judged by us, known to the laboratory: near, not equal."""


def wait_and_compare(told: Told, lab: LabProcess) -> int:
    """Exit code 0 if what both sides know for certain agrees exactly."""
    _wait_until_sent(told.campaign)
    lab.finish(wait=True)
    _wait_until_quiet(told.campaign)
    ours = funnel(_origin(told.campaign))
    books = lab.books()
    print_table(ours, books)
    result: dict[str, Any] = {name: getattr(ours, name) for name in FIGURES}
    result["seconds"] = round(time.monotonic() - told.began, 1)
    result["lab"] = {name: books[name] for name in FIGURES if name in books}
    print(json.dumps(result), flush=True)
    return 0 if all(result[name] == books[name] for name in EXACT) else 1


def _origin(campaign: Campaign) -> int:
    assert campaign.origin_id is not None
    return campaign.origin_id


def _wait_until_sent(campaign: Campaign) -> None:
    deadline = time.monotonic() + SENDING_SECONDS
    while time.monotonic() < deadline:
        campaign.refresh_from_db(fields=["state", "origin"])
        if campaign.state in (Campaign.State.FINISHED, Campaign.State.CANCELLED):
            return
        time.sleep(0.5)
    print(_("The campaign was not finished in time; these are the figures so far."))


def _wait_until_quiet(campaign: Campaign) -> None:
    """Until every request is judged and every event is projected, and nothing has changed for two seconds."""
    deadline, last, since = time.monotonic() + QUIET_SECONDS, None, time.monotonic()
    while time.monotonic() < deadline:
        now = (funnel(_origin(campaign)), Hit.objects.filter(judged_at__isnull=True).count(), _behind())
        if now != last:
            last, since = now, time.monotonic()
        elif now[1] == now[2] == 0 and time.monotonic() - since > 2:
            return
        time.sleep(0.3)


def _behind() -> int:
    """How many projectors have not read the last event yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_checkpoint WHERE (xid::text::xid8, event_id) < "
            "(SELECT xid, id FROM ledger_event ORDER BY xid DESC, id DESC LIMIT 1)"
        )
        return int(cursor.fetchone()[0])


def print_table(ours: Funnel, books: dict[str, Any]) -> None:
    """The funnel, step by step."""
    table = Table(title=_("From planned to reached"), caption=_unsure(ours))
    table.add_column(_("Step"))
    table.add_column("Tradewind", justify="right")
    table.add_column(_("Laboratory's books"), justify="right")
    for name in FIGURES:
        known = books.get(name)
        table.add_row(
            name.replace("_", " "), f"{getattr(ours, name):,}", "" if known is None else f"{known:,}"
        )
    Console().print(table)


def _unsure(ours: Funnel) -> str:
    return _("Not told apart: {opened} opened and {clicked} clicked by a person or a machine.").format(
        opened=ours.opened_unsure, clicked=ours.clicked_unsure
    )

"""Lists: made, renamed, counted, deleted."""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from tradewind.accounts.models import Workspace
from tradewind.audience.models import List
from tradewind.audience.words import ImportState

LONGEST_NAME = 100

_COUNTS = """
SELECT l.id, count(s.id) FILTER (WHERE s.state = 'subscribed'), count(s.id) FILTER (WHERE s.state = 'pending'),
    count(s.id) FILTER (WHERE s.state = 'unsubscribed')
FROM audience_list l LEFT JOIN audience_subscription s ON s.list_id = l.id
WHERE l.workspace_id = %s GROUP BY l.id
"""


@dataclass(frozen=True, slots=True)
class Members:
    subscribed: int = 0
    pending: int = 0
    unsubscribed: int = 0

    @property
    def total(self) -> int:
        return self.subscribed + self.pending + self.unsubscribed


class ListInUse(Exception):
    """The list cannot be deleted now; the text says why and what to do."""


def counts(workspace: Workspace) -> dict[int, Members]:
    """Members of every list of the workspace, by list id."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [workspace.pk])
        return {pk: Members(*numbers) for pk, *numbers in cursor.fetchall()}


def find_or_make(workspace: Workspace, name: str) -> List:
    """The list called `name` (case does not matter), made if there is none. ValueError for an empty name."""
    name = tidy_name(name)
    found = List.objects.filter(workspace=workspace, name__iexact=name).first()
    return found or List.objects.create(workspace=workspace, name=name)


def delete(list_: List) -> None:
    """Delete a list and who is on it; the contacts stay. ListInUse while an import fills it.

    Asks no campaign: `outreach.lists.delete` does, and is what pages and programs call.
    """
    running = list_.imports.filter(state__in=(ImportState.MAPPED, ImportState.RUNNING)).first()
    if running:
        raise ListInUse(
            _("The import of %(file)s is filling this list. Delete it when the import is done.")
            % {"file": running.file_name}
        )
    list_.delete()


def tidy_name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())[:LONGEST_NAME]
    if not name:
        raise ValueError("a list needs a name")
    return name

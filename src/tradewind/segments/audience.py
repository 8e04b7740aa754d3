"""A campaign's audience: everybody on some lists, without those on others."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from tradewind.ledger.query import Query

_MEMBERS = """
SELECT DISTINCT audience_in.contact_id AS id
FROM audience_subscription audience_in
WHERE audience_in.workspace_id = %(audience_workspace)s
    AND audience_in.list_id = ANY(%(audience_lists)s) AND audience_in.state = 'subscribed'
"""
_WITHOUT = """    AND NOT EXISTS (
        SELECT FROM audience_subscription audience_out
        WHERE audience_out.contact_id = audience_in.contact_id
            AND audience_out.list_id = ANY(%(audience_excluded)s) AND audience_out.state = 'subscribed'
    )
"""


@dataclass(frozen=True, slots=True)
class Audience:
    """Without lists it is nobody: a campaign must never go to everybody by a forgotten tick."""

    workspace_id: int
    list_ids: Sequence[int]
    excluded_list_ids: Sequence[int] = ()

    def query(self) -> Query:
        """The contact ids, each once, as SQL."""
        params = {"audience_workspace": self.workspace_id, "audience_lists": sorted(set(self.list_ids))}
        if not self.excluded_list_ids:
            return Query(_MEMBERS, params)
        return Query(
            _MEMBERS + _WITHOUT, {**params, "audience_excluded": sorted(set(self.excluded_list_ids))}
        )

    def count(self) -> int:
        """How many contacts that is now."""
        query = self.query()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({query.sql}) AS audience_all", query.params)  # noqa: S608 - ours
            (number,) = cursor.fetchone()
        return int(number)

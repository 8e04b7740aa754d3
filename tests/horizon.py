"""Projectors read only below the oldest transaction of the whole server: another test run may hold that back for a moment."""

from django.db import connection

from tests.processes import wait_until

_ALL_BELOW = "SELECT coalesce(max(xid) < pg_snapshot_xmin(pg_current_snapshot()), true) FROM ledger_event"


def wait_for_horizon() -> None:
    """Until every committed event may be projected."""
    wait_until(_reached, 15, "a transaction on this server does not end")


def _reached() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ALL_BELOW)
        return bool(cursor.fetchone()[0])

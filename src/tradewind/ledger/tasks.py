"""Background jobs of the ledger."""

from django.db import connection

from tradewind.core.jobs import periodic, task

MONTHS_AHEAD = 3


@periodic(cron="23 2 * * *")
@task(name="ledger.make_partitions")
def make_partitions(timestamp: int) -> None:
    """The event table has its partitions long before their months begin."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_make_partitions(%s)", [MONTHS_AHEAD])

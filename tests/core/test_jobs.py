"""A job outlives the process that did it."""

import pytest
from django.db import connection

from tradewind.core import jobs
from tradewind.core.tasks import take_up_stalled
from tradewind.ledger.tasks import make_partitions


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_process_was_killed_is_taken_up_again() -> None:
    make_partitions.configure(lock="one-at-a-time").defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes') RETURNING id"
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE lock = 'one-at-a-time'",
            [worker],
        )
    take_up_stalled.configure().defer(timestamp=0)
    jobs.work(1, wait=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status FROM procrastinate_jobs WHERE status <> 'succeeded'")
        left = [row for row in cursor.fetchall() if row[0] == "ledger.make_partitions"]
    assert left in ([], [("ledger.make_partitions", "todo")])
    jobs.work(1, wait=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ledger.make_partitions'")
        assert cursor.fetchone()[0] == 0  # done, and successful jobs are deleted

"""Background jobs, on Procrastinate: a job is a row that is written in the transaction that causes it, so a
roll-back takes it along.

    from tradewind.core.jobs import RETRIES, task

    @task(retry=RETRIES)
    def import_contacts(*, import_id: int) -> None: ...

    import_contacts.defer(import_id=7)                                  # now
    import_contacts.configure(schedule_in={"seconds": 60}).defer(...)   # later
    import_contacts.configure(lock=f"import-{7}").defer(...)            # one after the other

    @periodic(cron="*/5 * * * *")
    @task()
    def look(*, timestamp: int) -> None: ...

A room keeps its tasks in `tasks.py`, which is found by itself. A task gets ids, never objects, and can be run
twice without harm.
"""

from typing import TYPE_CHECKING, Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

__all__ = ["RETRIES", "app", "periodic", "task", "work"]

RETRIES = RetryStrategy(max_attempts=8, exponential_wait=4)
"""For tasks that can fail for reasons that pass: again after 4 s, 16 s, 64 s, ... the last time after about
18 hours."""

if TYPE_CHECKING:
    task = app.task
    periodic = app.periodic
else:
    # `app` stands for one object before Django is ready and for another one afterwards: look it up at each
    # use.
    def task(*args: Any, **options: Any) -> Any:
        """Declare a task; see `procrastinate.App.task`."""
        return app.task(*args, **options)

    def periodic(*args: Any, **options: Any) -> Any:
        """Run a task by the clock; see `procrastinate.App.periodic`."""
        return app.periodic(*args, **options)


def work(concurrency: int, *, wait: bool = True) -> None:
    """Do jobs until SIGTERM or Ctrl-C (jobs that have begun get 30 s to end); without `wait`, until none is
    due.

    Successful jobs are deleted, failed ones stay for `tradewind doctor` and the pages of the installation.
    """
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError(f"jobs need Django's connector, not {connector!r}")
    with app.replace_connector(connector.get_worker_connector()) as worker_app:
        worker_app.run_worker(
            concurrency=concurrency,
            wait=wait,
            listen_notify=wait,
            install_signal_handlers=wait,
            delete_jobs="successful",
            shutdown_graceful_timeout=30,
        )

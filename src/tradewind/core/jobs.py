"""Background jobs, on Procrastinate: a job is a row that is written in the transaction that causes it, so a roll-back takes it along.

    from tradewind.core.jobs import task

    @task()
    def import_contacts(*, import_id: int) -> None: ...

    import_contacts.defer(import_id=7)                                  # now
    import_contacts.configure(schedule_in={"seconds": 60}).defer(...)   # later
    import_contacts.configure(lock=f"import-{7}").defer(...)            # one after the other

A room keeps its tasks in `tasks.py`, which is found by itself. A task gets ids, never objects, and can be run twice without harm.
"""

from procrastinate import App, Blueprint, RetryStrategy
from procrastinate.contrib.django import app

__all__ = ["RETRIES", "App", "Blueprint", "app", "on_ready", "periodic", "task"]

QUEUE = "default"

RETRIES = RetryStrategy(max_attempts=8, exponential_wait=4)
"""For tasks that can fail for reasons that pass: 4 s, 16 s, 64 s, ... up to about 18 hours."""

# Tasks are declared while modules are imported; the app may not exist yet then, a blueprint always does.
tasks = Blueprint()
task = tasks.task
periodic = tasks.periodic


def on_ready(app: App) -> None:
    """Called by Procrastinate when Django's apps are ready (PROCRASTINATE_ON_APP_READY)."""
    app.add_tasks_from(tasks, namespace="tradewind")

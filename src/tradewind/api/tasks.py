"""Background jobs of the API."""

from tradewind.api import idempotency
from tradewind.core.jobs import periodic, task


@periodic(cron="17 3 * * *")
@task(name="api.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Kept answers go after a week: nobody repeats a request that late."""
    idempotency.forget_old()

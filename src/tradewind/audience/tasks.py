"""Background jobs of the audience."""

from tradewind.audience import importing
from tradewind.core.jobs import RETRIES, task


@task(retry=RETRIES)
def run_import(*, import_id: int) -> None:
    """See `importing.run`; a second run goes on where the first one stopped."""
    importing.run(import_id)

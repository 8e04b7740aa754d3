"""How far an import is, how fast, and when it will be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from tradewind.audience.models import Import, ImportState


@dataclass(frozen=True, slots=True)
class Progress:
    """Reading and merging take about the same time: each is half of the way."""

    done: int
    total: int
    reading: bool
    per_second: int
    ready_at: datetime | None

    @classmethod
    def of(cls, import_: Import) -> "Progress":
        total = max(import_.rows_total, 1)
        reading = import_.rows_done == 0
        steps = min(import_.rows_read, total) + min(import_.rows_done, total)
        seconds = (timezone.now() - import_.started_at).total_seconds() if import_.started_at else 0
        speed = steps / seconds if seconds > 1 else 0
        left = timedelta(seconds=(2 * total - steps) / speed) if speed else None
        running = import_.state == ImportState.RUNNING
        return cls(
            done=import_.rows_read if reading else import_.rows_done,
            total=import_.rows_total,
            reading=reading,
            per_second=round(speed / 2),
            ready_at=timezone.now() + left if running and left and left > timedelta(seconds=3) else None,
        )

    @property
    def share(self) -> int:
        return round(100 * self.done / max(self.total, 1))

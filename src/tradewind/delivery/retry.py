"""When a message is tried again: pure functions, in mail seconds."""

from collections.abc import Callable

MINUTE = 60.0
JITTER = 0.2
"""Waits are spread by a fifth to either side, so that a thousand deferred messages do not come back at once."""

SCHEDULES: dict[str, tuple[float, ...]] = {
    # minutes before the second, third, ... try; the last one repeats until the origin's time is over
    "usual": (5, 10, 20, 40, 60, 120, 240),
    "greylist": (5, 5, 10, 20, 40, 60, 120, 240),
    "rate": (10, 20, 40, 60, 120, 240),
    "full": (60, 120, 240, 480),
    "network": (5, 10, 20, 40, 60, 120, 240),
    "block": (60, 120, 240),
}


def wait_seconds(schedule: str, attempts: int, stated: float | None, random: Callable[[], float]) -> float:
    """Mail seconds until the next try, after `attempts` tries (1 or more) that all failed.

    A wait that the server stated is honoured: we never come earlier. `random` gives numbers from 0 to 1.
    """
    steps = SCHEDULES.get(schedule, SCHEDULES["usual"])
    base = steps[min(max(attempts, 1), len(steps)) - 1] * MINUTE
    if stated is not None:
        # Added to, never taken from; on later tries the schedule may ask for more than the server did.
        return max(stated, base if attempts > 3 else 0.0) * (1 + JITTER * random())
    return base * (1 - JITTER + 2 * JITTER * random())

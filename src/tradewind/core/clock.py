"""The time, and its pace.

The laboratory lets mail time run fast: with TRADEWIND_PACE=60 a retry that is due in ten minutes of mail time
comes after ten seconds. Every duration that a mail server or a reader would measure (retry waits, leases
excepted) goes through `wall`; timestamps do not.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings


def now() -> datetime:
    """The time, aware, UTC."""
    return datetime.now(UTC)


def pace() -> float:
    """Mail seconds per real second: 1 outside the laboratory."""
    return float(settings.PACE)


def wall(mail_seconds: float) -> float:
    """Real seconds that `mail_seconds` of mail time take."""
    return mail_seconds / pace()


def mail(wall_seconds: float) -> float:
    """Seconds of mail time that pass in `wall_seconds` real seconds."""
    return wall_seconds * pace()


def after(mail_seconds: float) -> datetime:
    """The moment when `mail_seconds` of mail time from now have passed."""
    return now() + timedelta(seconds=wall(mail_seconds))

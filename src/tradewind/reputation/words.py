"""Words of this room."""

from enum import StrEnum


class Gauge(StrEnum):
    """What a breaker watches."""

    BOUNCES = "bounces"  # addresses that do not exist, refused or bounced
    COMPLAINTS = "complaints"

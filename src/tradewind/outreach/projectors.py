"""What `tradewind project` does for this room: nothing to project, but campaigns to start, to follow and
to finish.
"""

from collections.abc import Callable

from tradewind.ledger.projectors import Projector
from tradewind.outreach.campaigns import sweep

PROJECTORS: list[Projector] = []
BEFORE: list[Callable[[], None]] = [sweep]

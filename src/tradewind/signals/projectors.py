"""Chores of the projecting loop: judge hits, carry out stored wishes, finish inbound mail. This room
projects nothing itself.
"""

from collections.abc import Callable, Sequence

from tradewind.ledger.projectors import Projector
from tradewind.signals.inbound.act import act_due
from tradewind.signals.judge import judge_due

BEFORE: Sequence[Callable[[], object]] = [judge_due, act_due]
PROJECTORS: Sequence[Projector] = []

"""The messages behind a figure. The filters read what the figures were counted from, so a door opens as
many as its number says.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from tradewind.insights.models import LinkClick
from tradewind.insights.words import Step
from tradewind.ledger.models import Message
from tradewind.ledger.words import WAITING, MessageState

BY_STEP: dict[Step, Q] = {
    step: Q(**{f"engagement__{step.value}_at__isnull": False})
    for step in Step
    if step
    not in (Step.OPENED_ONLY_MACHINE, Step.CLICKED_ONLY_MACHINE, Step.OPENED_UNSURE, Step.CLICKED_UNSURE)
} | {
    Step.OPENED_ONLY_MACHINE: Q(
        engagement__opened_machine_at__isnull=False, engagement__opened_human_at__isnull=True
    ),
    Step.CLICKED_ONLY_MACHINE: Q(
        engagement__clicked_machine_at__isnull=False, engagement__clicked_human_at__isnull=True
    ),
    Step.OPENED_UNSURE: Q(
        engagement__opened_unsure_at__isnull=False,
        engagement__opened_human_at__isnull=True,
        engagement__opened_machine_at__isnull=True,
    ),
    Step.CLICKED_UNSURE: Q(
        engagement__clicked_unsure_at__isnull=False,
        engagement__clicked_human_at__isnull=True,
        engagement__clicked_machine_at__isnull=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Door:
    """Which messages of an origin: all filters that are set must hold."""

    step: Step | None = None
    state: MessageState | None = None
    waiting: bool = False
    provider: str = ""
    reason: str = ""
    status: str = ""
    code: int | None = None
    link: int | None = None
    search: str = ""

    def messages(self, origin_id: int) -> QuerySet[Message]:
        """The rows, newest id last, with their engagement and contact at hand."""
        rows = Message.objects.filter(self._condition(), origin=origin_id)
        if self.link is not None:
            clicks = LinkClick.objects.filter(
                message=OuterRef("pk"), link_id=self.link, human_at__isnull=False
            )
            rows = rows.filter(Exists(clicks))
        return rows.select_related("engagement", "contact", "contact__company").order_by("pk")

    def _condition(self) -> Q:
        found = BY_STEP[self.step] if self.step else Q()
        if self.state:
            found &= Q(state=self.state)
        if self.waiting:
            found &= Q(state__in=sorted(WAITING))
        if self.provider:
            found &= Q(engagement__provider=self.provider)
        if self.reason:
            found &= Q(engagement__reason=self.reason)
        if self.status:
            found &= Q(reply_status=self.status)
        if self.code is not None:
            found &= Q(reply_code=self.code)
        if self.search:
            found &= Q(email__icontains=self.search.strip())
        return found

"""The messages behind a figure. The filters read what the figures were counted from, so a door opens as
many as its number says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from tradewind.core import clock
from tradewind.insights.models import LinkClick, Rollup
from tradewind.insights.words import Step
from tradewind.ledger.models import Message
from tradewind.ledger.words import WAITING, MessageState, OriginKind

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
TIMED_BY: dict[Step, str] = {
    Step.OPENED_ONLY_MACHINE: Step.OPENED_MACHINE,
    Step.CLICKED_ONLY_MACHINE: Step.CLICKED_MACHINE,
}
"""Steps whose instant stands under the name of another one."""


def since(days: int) -> datetime:
    """When a window of the last `days` days begins: at a full hour, so that the figure and the messages behind it, asked
    for some seconds later, are of the same time; and counts by the minute are cut nowhere.
    """
    return (clock.now() - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)


def counted(workspace_id: int, days: int) -> QuerySet[Rollup]:
    """The counts of all campaigns of a workspace in such a window: what `Door.everywhere` opens."""
    return Rollup.objects.filter(
        workspace=workspace_id, minute__gte=since(days), origin__kind=OriginKind.CAMPAIGN
    )


@dataclass(frozen=True, slots=True)
class Door:
    """Which messages of an origin: all filters that are set must hold. `days`: the step (without one: the planning) was
    taken within the last so many days.
    """

    step: Step | None = None
    state: MessageState | None = None
    waiting: bool = False
    provider: str = ""
    reason: str = ""
    status: str = ""
    code: int | None = None
    link: int | None = None
    search: str = ""
    days: int | None = None

    def messages(self, origin_id: int) -> QuerySet[Message]:
        """The rows, newest id last, with their engagement and contact at hand."""
        return self._of(Message.objects.filter(origin=origin_id))

    def everywhere(self, workspace_id: int) -> QuerySet[Message]:
        """The same over all campaigns of a workspace; test mails and the like are left out."""
        rows = Message.objects.filter(workspace=workspace_id, origin__kind=OriginKind.CAMPAIGN)
        if (
            self.days
        ):  # few campaigns did something lately: their messages have an index, those of a workspace none
            lately = counted(workspace_id, self.days).filter(step=self._step)
            rows = rows.filter(origin__in=list(lately.values_list("origin", flat=True).distinct()))
        return self._of(rows)

    @property
    def _step(self) -> Step:
        return self.step or Step.PLANNED

    def _of(self, rows: QuerySet[Message]) -> QuerySet[Message]:
        rows = rows.filter(self._condition())
        if self.link is not None:
            clicks = LinkClick.objects.filter(
                message=OuterRef("pk"), link_id=self.link, human_at__isnull=False
            )
            rows = rows.filter(Exists(clicks))
        return rows.select_related("engagement", "contact", "contact__company").order_by("pk")

    def _condition(self) -> Q:
        found = BY_STEP[self.step] if self.step else Q()
        if self.days:
            taken = TIMED_BY.get(self._step, self._step.value)
            found &= Q(**{f"engagement__{taken}_at__gte": since(self.days)})
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

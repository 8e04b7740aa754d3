"""Which links of a mail were followed, by people and by machines."""

from dataclasses import dataclass

from django.db.models import Count, Q

from tradewind.content.models import Link
from tradewind.insights.models import LinkClick
from tradewind.ledger.models import Origin


@dataclass(frozen=True, slots=True)
class LinkReport:
    link: Link
    human: int
    only_machine: int


def links(origin: Origin) -> list[LinkReport]:
    """Every link of the version that was sent, in the order of the mail, with the messages in which it was
    followed.
    """
    machine_only = Q(human_at__isnull=True, machine_at__isnull=False)
    rows = (
        LinkClick.objects.filter(origin=origin)
        .values_list("link_id")
        .annotate(human=Count("human_at"), machine=Count("pk", filter=machine_only))
        .order_by()
    )
    counts = {link_id: (human, machine) for link_id, human, machine in rows}
    found = Link.objects.filter(version=origin.version_id).order_by("position")
    return [LinkReport(link, *counts.get(link.pk, (0, 0))) for link in found]

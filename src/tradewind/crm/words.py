"""Words of this room."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class LeadState(StrEnum):
    NEW = "new"
    WORKING = "working"
    WON = "won"
    LOST = "lost"

    @property
    def label(self) -> Promise:
        return LEAD_LABELS[self]


LEAD_LABELS: dict[LeadState, Promise] = {
    LeadState.NEW: pgettext_lazy("a lead", "New"),
    LeadState.WORKING: pgettext_lazy("a lead", "In progress"),
    LeadState.WON: pgettext_lazy("a lead", "Won"),
    LeadState.LOST: pgettext_lazy("a lead", "Lost"),
}

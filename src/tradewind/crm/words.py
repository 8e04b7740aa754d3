"""Words of this room."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class LeadState(StrEnum):
    NEW = "new"
    WORKING = "working"
    WON = "won"
    LOST = "lost"

    @property
    def label(self) -> Promise:
        return LEAD_LABELS[self]


LEAD_LABELS: dict[LeadState, Promise] = {
    LeadState.NEW: _("New"),
    LeadState.WORKING: _("In progress"),
    LeadState.WON: _("Won"),
    LeadState.LOST: _("Lost"),
}

"""Campaigns: one mail to many, once."""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.models import Workspace
from tradewind.audience.models import List
from tradewind.content.models import Template
from tradewind.core.models import in_enum
from tradewind.ledger.models import Origin
from tradewind.senders.models import Sender


class CampaignState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PLANNING = "planning"
    SENDING = "sending"
    PAUSED = "paused"
    HELD = "held"
    FINISHED = "finished"
    CANCELLED = "cancelled"

    @property
    def label(self) -> Promise:
        return CAMPAIGN_STATE_LABELS[self.value]


class Campaign(models.Model):
    State = CampaignState

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="campaigns")
    name = models.TextField()
    sender = models.ForeignKey(
        Sender, on_delete=models.PROTECT, null=True, blank=True, related_name="campaigns"
    )
    template = models.ForeignKey(
        Template, on_delete=models.PROTECT, null=True, blank=True, related_name="campaigns"
    )
    lists = models.ManyToManyField(List, related_name="campaigns", blank=True)
    excluded_lists = models.ManyToManyField(List, related_name="excluding_campaigns", blank=True)
    lifetime_hours = models.IntegerField(default=72)  # after that an undelivered message expires
    state = models.TextField(default=CampaignState.DRAFT)
    state_reason = models.TextField(blank=True)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    origin = models.OneToOneField(Origin, on_delete=models.PROTECT, null=True, related_name="campaign")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [in_enum("state", CampaignState, "campaign_state_known")]
        indexes: ClassVar = [models.Index(fields=["workspace", "-id"], name="campaign_newest")]

    def __str__(self) -> str:
        return self.name


CAMPAIGN_STATE_LABELS: dict[str, Promise] = {
    "draft": _("Draft"),
    "scheduled": _("Scheduled"),
    "planning": _("Being planned"),
    "sending": _("Sending"),
    "paused": _("Paused"),
    "held": _("Held"),
    "finished": _("Finished"),
    "cancelled": _("Cancelled"),
}

"""Leads: people who answered, on their way to a conversation and an order."""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.db import models

from tradewind.accounts.models import Workspace
from tradewind.audience.models import Contact
from tradewind.core.models import in_enum


class LeadState(StrEnum):
    NEW = "new"
    WORKING = "working"
    WON = "won"
    LOST = "lost"


class Lead(models.Model):
    State = LeadState

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="leads")
    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="lead")
    state = models.TextField(default=LeadState.NEW)
    message_id = models.BigIntegerField(null=True)  # the message they answered
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="leads")
    replies = models.IntegerField(default=0)
    last_reply_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [in_enum("state", LeadState, "lead_state_known")]
        indexes: ClassVar = [models.Index(fields=["workspace", "state", "-last_reply_at"], name="lead_hot")]

"""Derived figures. Everything here can be thrown away and built again from events."""

from typing import ClassVar

from django.db import models

from tradewind.accounts.models import Workspace
from tradewind.ledger.models import Message, Origin


class Engagement(models.Model):
    """The firsts of one message: one row per message that got beyond planning."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="engagement", db_constraint=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    provider = models.TextField()
    accepted_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    opened_human_at = models.DateTimeField(null=True)
    opened_machine_at = models.DateTimeField(null=True)
    clicked_human_at = models.DateTimeField(null=True)
    clicked_machine_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    auto_replied_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["origin", "provider"], name="engagement_by_provider")]


class Rollup(models.Model):
    """How many messages of an origin, at one provider, reached one step for the first time within one minute."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    provider = models.TextField()
    minute = models.DateTimeField()
    step = models.TextField()  # planned, skipped, accepted, refused, ..., opened_human, ...
    reason = models.TextField(blank=True)
    count = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["origin", "step", "provider", "reason", "minute"], name="rollup_once"),
        ]

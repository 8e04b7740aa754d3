"""How we stand: what providers answered, per sending domain, provider and day."""

from typing import ClassVar

from django.db import models

from tradewind.accounts.models import Workspace
from tradewind.senders.models import SendingDomain


class Standing(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    domain = models.ForeignKey(SendingDomain, on_delete=models.CASCADE, related_name="standings")
    provider = models.TextField()
    day = models.DateField()
    accepted = models.BigIntegerField(default=0)
    refused_recipient = models.BigIntegerField(default=0)
    refused_us = models.BigIntegerField(default=0)
    deferred = models.BigIntegerField(default=0)
    bounced = models.BigIntegerField(default=0)
    complained = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["domain", "provider", "day"], name="standing_once")]

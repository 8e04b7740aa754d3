"""How we stand: what providers answered, per sending domain, provider and day; and what made us stop a campaign."""

from typing import ClassVar

from django.db import models

from tradewind.accounts.models import Workspace
from tradewind.core.models import in_enum
from tradewind.ledger.models import Origin
from tradewind.reputation.words import Gauge
from tradewind.senders.models import SendingDomain


class Standing(models.Model):
    """Counts of one day (UTC). `refused_us` is everything that was not the recipient's fault."""

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
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["domain", "provider", "day"], name="standing_once")
        ]


class OriginStanding(models.Model):
    """The same for one origin: what the breakers look at."""

    origin = models.OneToOneField(Origin, on_delete=models.CASCADE, primary_key=True, related_name="+")
    accepted = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    gone = models.BigIntegerField(
        default=0
    )  # addresses that do not exist: refused or bounced, recipient at fault for good
    complained = models.BigIntegerField(default=0)


class Trip(models.Model):
    """A breaker held an origin. What was counted until then does not count against it again once a person resumed it."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="trips")
    gauge = models.TextField()
    tried = models.BigIntegerField()
    failed = models.BigIntegerField()
    sentence = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [in_enum("gauge", Gauge, "trip_gauge_known")]
        indexes: ClassVar = [models.Index(fields=["workspace", "-id"], name="trip_newest")]

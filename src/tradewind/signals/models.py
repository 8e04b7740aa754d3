"""What came back, as it came: tracking requests and inbound mail. Verdicts stand beside the evidence
and can be made again.
"""

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.models import Workspace
from tradewind.audience.models import Contact
from tradewind.content.models import Link
from tradewind.core.models import in_enum
from tradewind.ledger.models import Message
from tradewind.signals.words import HitKind, Verdict

__all__ = ["Hit", "HitKind", "Inbound", "Verdict"]


class Hit(models.Model):
    """One HTTP request to the tracking edge."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="hits")
    kind = models.TextField()
    link = models.ForeignKey(Link, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    method = models.TextField()
    ip = models.TextField()
    user_agent = models.TextField(blank=True)
    headers = models.JSONField(default=dict)  # the few that tell: accept, accept-language, purpose, via ...
    judged_at = models.DateTimeField(null=True)
    verdict = models.TextField(blank=True)
    shows_inbox = models.BooleanField(null=True)
    reasons = models.JSONField(default=list)
    rule_version = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [in_enum("kind", HitKind, "hit_kind_known")]
        indexes: ClassVar = [
            models.Index(fields=["message", "at"], name="hit_by_message"),
            models.Index(fields=["at"], condition=models.Q(judged_at__isnull=True), name="hit_unjudged"),
            models.Index(fields=["ip", "at"], name="hit_by_address"),
        ]


class InboundKind(StrEnum):
    DSN = "dsn"
    ARF = "arf"
    AUTO_REPLY = "auto_reply"
    REPLY = "reply"
    UNSUBSCRIBE_WISH = "unsubscribe_wish"
    OTHER = "other"

    @property
    def label(self) -> Promise:
        return KIND_LABELS[self]


KIND_LABELS: dict[InboundKind, Promise] = {
    InboundKind.REPLY: _("Reply"),
    InboundKind.AUTO_REPLY: _("Automatic reply"),
    InboundKind.UNSUBSCRIBE_WISH: _("Wants no more mail"),
    InboundKind.DSN: _("Delivery report"),
    InboundKind.ARF: _("Complaint"),
    InboundKind.OTHER: _("Other mail"),
}


class Inbound(models.Model):
    """One message that arrived at us, kept as it came, with what we read in it."""

    Kind = InboundKind

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, null=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="inbound")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="inbound")
    kind = models.TextField()
    mail_from = models.TextField(blank=True)
    author = models.TextField(blank=True)  # address in From
    author_name = models.TextField(blank=True)
    rcpt_to = models.TextField()
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True)  # the reader's own words, quotes removed
    raw = models.BinaryField()
    # SHA-256 of envelope and raw: the same mail handed in twice is one row
    digest = models.BinaryField(unique=True)
    facts = models.JSONField(default=dict)
    received_at = models.DateTimeField(auto_now_add=True)
    acted_at = models.DateTimeField(null=True)  # what follows from it was done, in the same transaction
    tries = models.SmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [in_enum("kind", InboundKind, "inbound_kind_known")]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-id"], name="inbound_newest"),
            models.Index(fields=["contact", "-id"], name="inbound_by_contact"),
            models.Index(fields=["id"], condition=models.Q(acted_at__isnull=True), name="inbound_due"),
        ]

    @property
    def kind_label(self) -> Promise:
        return InboundKind(self.kind).label

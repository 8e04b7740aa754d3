"""Derived figures. Everything here can be thrown away and built again from events."""

from typing import Any, ClassVar

from django.db import models

from tradewind.accounts.models import Workspace
from tradewind.core.models import in_enum
from tradewind.insights.words import Step
from tradewind.ledger.models import Message, Origin

# Copies of what the message row says, which is checked there; the indexes that are needed stand in Meta.
DERIVED: dict[str, Any] = {"db_constraint": False, "db_index": False}


class Engagement(models.Model):
    """The firsts of one message, as its events tell them now: a revised verdict moves them."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="engagement", db_constraint=False
    )
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", **DERIVED)
    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="+", **DERIVED)
    provider = models.TextField()
    # Why it was skipped, refused, bounced or expired: a Reason of the gate or the id of a reply rule.
    reason = models.TextField(blank=True)
    planned_at = models.DateTimeField(null=True)
    skipped_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    unknown_at = models.DateTimeField(null=True)  # null again once it is known
    bounced_at = models.DateTimeField(null=True)
    inbox_at = models.DateTimeField(null=True)  # first evidence that it lies in the inbox
    opened_human_at = models.DateTimeField(null=True)
    opened_machine_at = models.DateTimeField(null=True)
    opened_unsure_at = models.DateTimeField(null=True)
    clicked_human_at = models.DateTimeField(null=True)
    clicked_machine_at = models.DateTimeField(null=True)
    clicked_unsure_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    auto_replied_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["origin", "provider"], name="engagement_by_provider"),
            models.Index(fields=["origin", "message"], name="engagement_of_origin"),
        ]


class LinkClick(models.Model):
    """Who followed one link of one message first: a person, a machine, or both."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", **DERIVED)
    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="+", **DERIVED)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="link_clicks", **DERIVED)
    link_id = models.BigIntegerField()
    human_at = models.DateTimeField(null=True)
    machine_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "link_id"], name="link_click_once")
        ]
        indexes: ClassVar = [models.Index(fields=["origin", "link_id"], name="link_click_of_origin")]


class Rollup(models.Model):
    """How many messages of an origin, at one provider, reached one step for the first time within one
    minute.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", **DERIVED)
    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="+", **DERIVED)
    provider = models.TextField()
    minute = models.DateTimeField()
    step = models.TextField()
    reason = models.TextField(blank=True)  # only for skipped, refused, bounced, expired
    count = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["origin", "step", "provider", "reason", "minute"], name="rollup_once"
            ),
            in_enum("step", Step, "rollup_step_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "minute"], name="rollup_by_time")]

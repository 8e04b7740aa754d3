"""Origins, messages, attempts, events. Only `ledger` writes these tables; everybody else calls its functions.

`Event` is partitioned by month: its table is made by hand in migrations/0002_event_table.py.
"""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from tradewind.accounts.models import Workspace
from tradewind.audience.models import Contact
from tradewind.content.models import TemplateVersion
from tradewind.core.models import in_enum
from tradewind.ledger.words import MessageState, OriginKind, OriginState
from tradewind.senders.models import Channel, Lane, Sender, SendingDomain


class Origin(models.Model):
    """What a message is sent for. It carries all that the engine needs, so the engine never reads a campaign."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="origins")
    kind = models.TextField()
    name = models.TextField()
    state = models.TextField(default=OriginState.OPEN)
    state_reason = models.TextField(blank=True)
    state_changed_at = models.DateTimeField(auto_now_add=True)
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="+")
    domain = models.ForeignKey(SendingDomain, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="+")
    # The lists it was planned from: a contact who leaves all of them is skipped at claim. Empty: no list is asked.
    list_ids = models.JSONField(default=list)
    expires_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True)  # planning is complete; before that nothing is claimed
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            in_enum("kind", OriginKind, "origin_kind_known"),
            in_enum("state", OriginState, "origin_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-id"], name="origin_newest"),
            models.Index(fields=["id"], condition=models.Q(state="open"), name="origin_open"),
        ]


class Worker(models.Model):
    """One life of one delivery process. Its row is the lease on every message it has claimed."""

    name = models.TextField()  # host:pid
    host = models.TextField()
    journal = models.TextField()  # path on that host
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)  # drained, or its journal was settled by its successor


class Message(models.Model):
    """One row per (origin, contact): the second mail of the same step to the same person cannot exist."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="messages")
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="messages"
    )
    email = models.TextField()  # envelope recipient: the contact's email_key at planning
    provider = models.TextField()
    lane = models.ForeignKey(Lane, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.TextField()
    reason = models.TextField(blank=True)  # Reason (gate) or the id of the reply rule
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    recoveries = models.SmallIntegerField(default=0)
    worker = models.ForeignKey(Worker, on_delete=models.SET_NULL, null=True, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    # As it was sent: the same values, instant and version give the same bytes again; `digest` proves it.
    values = models.JSONField(null=True)
    composed_at = models.DateTimeField(null=True)
    digest = models.BinaryField(null=True)  # SHA-256 over the signed message
    reply_code = models.SmallIntegerField(null=True)
    reply_status = models.TextField(blank=True)  # enhanced status code, "5.1.1"
    reply_text = models.TextField(blank=True)
    mx_host = models.TextField(blank=True)
    remote_id = models.TextField(blank=True)  # the queue id the receiver named
    accepted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # entered its final state
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["origin", "contact"], name="message_once"),
            models.UniqueConstraint(
                fields=["origin", "email"],
                condition=models.Q(contact__isnull=True),
                name="message_once_by_address",
            ),
            in_enum("state", MessageState, "message_state_known"),
            # A claim always names its worker, and nobody else holds one.
            models.CheckConstraint(
                condition=~models.Q(state="claimed") | models.Q(worker__isnull=False),
                name="message_claim_has_worker",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["origin", "state"], name="message_by_state"),
            models.Index(
                fields=["origin", "lane", "due_at"],
                condition=models.Q(state__in=["queued", "deferred"]),
                name="message_due",
            ),
            models.Index(fields=["worker"], condition=models.Q(state="claimed"), name="message_claimed"),
            models.Index(fields=["contact", "-id"], name="message_by_contact"),
        ]


class AttemptOutcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


class Attempt(models.Model):
    """One try at one message, with the dialogue."""

    Outcome = AttemptOutcome

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries")
    number = models.SmallIntegerField()
    outcome = models.TextField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    mx_host = models.TextField(blank=True)
    mx_ip = models.TextField(blank=True)
    tls = models.TextField(blank=True)  # "TLSv1.3 TLS_AES_256_GCM_SHA384", empty: plain
    phase = models.TextField(blank=True)  # connect, tls, ehlo, auth, mail, rcpt, data, dot
    reply_code = models.SmallIntegerField(null=True)
    reply_status = models.TextField(blank=True)
    reply_text = models.TextField(blank=True)
    fault = models.TextField(blank=True)
    persistence = models.TextField(blank=True)
    rule = models.TextField(blank=True)
    rule_version = models.IntegerField(default=0)
    dialogue = models.JSONField(default=list)  # [[ms, ">" or "<" or "!", text], ...]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_number_once"),
            in_enum("outcome", AttemptOutcome, "attempt_outcome_known"),
        ]


class Event(models.Model):
    """An append-only fact. Read in commit order by (xid, id) below the snapshot horizon; see projectors.py."""

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField()
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    at = models.DateTimeField()  # when it happened
    type = models.TextField()  # EventType, by a CHECK of the table
    origin = models.ForeignKey(
        Origin, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    message = models.ForeignKey(
        Message, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="events"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "ledger_event"


class Checkpoint(models.Model):
    """How far a projector has read. Written in the transaction that wrote the projector's output."""

    name = models.TextField(primary_key=True)
    xid = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

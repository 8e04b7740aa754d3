"""What was answered to requests that carried an Idempotency-Key."""

from typing import ClassVar

from django.db import models

from tradewind.accounts.models import Workspace


class Answer(models.Model):
    """One answered request. Written in the transaction that did the work: both exist, or neither."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.TextField()  # as the caller chose it
    digest = models.BinaryField()  # SHA-256 over method, address and body
    status = models.SmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "key"], name="answer_once")]
        indexes: ClassVar = [models.Index(fields=["at"], name="answer_by_time")]

"""Leads: people who answered, on their way to a conversation and an order."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from tradewind.accounts.models import Membership, User, Workspace
from tradewind.audience.models import Contact
from tradewind.core.models import in_enum
from tradewind.crm.words import LeadState


class Lead(models.Model):
    State = LeadState

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="leads")
    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="lead")
    state = models.TextField(default=LeadState.NEW)
    message_id = models.BigIntegerField(null=True)  # the message they answered last
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="leads"
    )
    replies = models.IntegerField(default=0)
    last_reply_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [in_enum("state", LeadState, "lead_state_known")]
        indexes: ClassVar = [models.Index(fields=["workspace", "state", "-last_reply_at"], name="lead_hot")]

    @property
    def state_label(self) -> str:
        return str(LeadState(self.state).label)

    def move(self, state: LeadState) -> bool:
        """To another state; False if it is there already."""
        if self.state == state:
            return False
        self.state = state
        self.save(update_fields=["state"])
        return True

    def assign(self, owner: User | None) -> bool:
        """To a member of the workspace, or to nobody; False if nothing changes. Raises ValueError for a stranger."""
        if (
            owner is not None
            and not Membership.objects.filter(workspace_id=self.workspace_id, user=owner).exists()
        ):
            raise ValueError("Only a member of the workspace can own a lead.")
        if self.owner_id == (owner.pk if owner else None):
            return False
        self.owner = owner
        self.save(update_fields=["owner"])
        return True

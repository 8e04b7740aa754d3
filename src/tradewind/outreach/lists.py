"""Lists as campaigns use them: which of them hold a list fast, and deleting one that none does."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tradewind.audience import lists
from tradewind.audience.lists import ListInUse
from tradewind.audience.models import List
from tradewind.outreach.campaigns import LIVE, follow
from tradewind.outreach.models import Campaign
from tradewind.outreach.models import CampaignState as State

HOLDS = LIVE | {State.SCHEDULED}
"""Its messages are still to go, or to be planned: without the list the gate would skip them all."""


@dataclass(frozen=True, slots=True)
class ListUse:
    """What uses a list. `held_by` says, campaign by campaign, why it cannot be deleted now."""

    held_by: tuple[tuple[Campaign, str], ...]
    drafts: int
    past: int

    @property
    def is_used(self) -> bool:
        return bool(self.held_by or self.drafts or self.past)


def use_of(list_: List) -> ListUse:
    """The campaigns that write to a list or leave its people out."""
    follow(list(_users(list_).exclude(state=State.DRAFT).values_list("pk", flat=True)))
    users = list(_users(list_))
    excluding = set(list_.excluding_campaigns.values_list("pk", flat=True))
    held_by = tuple(_holding(users, excluding))
    drafts = sum(user.state == State.DRAFT for user in users)
    past = sum(user.state in (State.FINISHED, State.CANCELLED) for user in users)
    return ListUse(held_by, drafts, past)


def delete(list_: List) -> None:
    """Delete a list; its contacts stay. ListInUse when a campaign or an import needs it: then nothing was changed.

    The campaigns are locked meanwhile, so that none of them starts on a list that is about to go.
    """
    with transaction.atomic():
        locked = _users(list_).order_by("pk").select_for_update(of=("self",))
        list(locked.values_list("pk", flat=True))
        held_by = use_of(list_).held_by
        if held_by:
            raise ListInUse(held_by[0][1])
        lists.delete(list_)


def _users(list_: List) -> QuerySet[Campaign]:
    writes = List.objects.filter(pk=list_.pk)
    return Campaign.objects.filter(
        Q(pk__in=writes.values("campaigns")) | Q(pk__in=writes.values("excluding_campaigns"))
    ).order_by("-pk")


def _holding(users: list[Campaign], excluding: set[int]) -> Iterator[tuple[Campaign, str]]:
    for user in users:
        if user.state in HOLDS:
            sentence = _(
                "The campaign “%(name)s” (%(state)s) needs this list. It can be deleted when that campaign is over."
            )
            yield user, sentence % {"name": user.name, "state": State(user.state).label}
        elif user.state == State.DRAFT and user.pk in excluding:
            sentence = _(
                "The draft “%(name)s” leaves out the people of this list; without it they would get that mail. "
                "Take the list out of the draft, or delete the draft, first."
            )
            yield user, sentence % {"name": user.name}

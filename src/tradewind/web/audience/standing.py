"""What we may send to one contact, and why: answered by the gate itself, so that the page and the engine cannot differ."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tradewind.audience import consents, suppression
from tradewind.audience.models import Consent, Contact, Suppression
from tradewind.audience.words import SubscriptionState
from tradewind.ledger.planning import forecast
from tradewind.ledger.query import Query
from tradewind.ledger.words import Reason


@dataclass(frozen=True, slots=True)
class Standing:
    reason: Reason | None  # None: a mail may go
    lists: list[str]  # names of the lists that may mail them
    consent: Consent | None
    suppression: Suppression | None

    @property
    def allowed(self) -> bool:
        return self.reason is None and bool(self.lists)

    @property
    def sentence(self) -> str | Promise:
        """Whether the next campaign would reach this person."""
        if self.reason is not None:
            return self.reason.sentence
        if not self.lists:
            return _("They are on no list, so no campaign is planned for them.")
        return _("They get the campaigns to: %(lists)s.") % {"lists": ", ".join(self.lists)}

    @property
    def can_come_back(self) -> bool:
        """Whether they left by themselves: only their own word brings them back."""
        withdrawn = self.consent is not None and not self.consent.granted
        return withdrawn or (self.suppression is not None and self.suppression.reason == "unsubscribed")


def standing(contact: Contact) -> Standing:
    one = Query("SELECT %(audience_one)s::bigint", {"audience_one": contact.pk})
    skipped = forecast(contact.workspace_id, one, []).skipped
    subscribed = contact.subscriptions.filter(state=SubscriptionState.SUBSCRIBED)
    return Standing(
        reason=next(iter(skipped), None),
        lists=list(subscribed.order_by("list__name").values_list("list__name", flat=True)),
        consent=consents.latest(contact),
        suppression=suppression.standing(contact.workspace_id, contact.email_key),
    )

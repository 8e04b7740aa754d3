"""The closed vocabularies of the audience, with their labels. The database refuses anything else."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SubscriptionState(StrEnum):
    SUBSCRIBED = "subscribed"
    PENDING = "pending"  # waits for the double opt-in
    UNSUBSCRIBED = "unsubscribed"

    @property
    def label(self) -> Promise:
        return SUBSCRIPTION_LABELS[self]


class ConsentBasis(StrEnum):
    DOUBLE_OPT_IN = "double_opt_in"
    SINGLE_OPT_IN = "single_opt_in"
    CUSTOMER = "customer"
    CARD_AT_FAIR = "card_at_fair"
    LEGITIMATE_INTEREST = "legitimate_interest"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        return BASIS_LABELS[self]

    @property
    def sentence(self) -> Promise:
        return BASIS_SENTENCES[self]


class ImportState(StrEnum):
    UPLOADED = "uploaded"
    MAPPED = "mapped"  # waits for its job
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> Promise:
        return IMPORT_LABELS[self]

    @property
    def is_over(self) -> bool:
        return self in (ImportState.DONE, ImportState.FAILED)


class Outcome(StrEnum):
    """What an import did with a contact."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"

    @property
    def label(self) -> Promise:
        return OUTCOME_LABELS[self]


class SuppressionReason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    HARD_BOUNCE = "hard_bounce"
    MANUAL = "manual"
    IMPORTED = "imported"

    @property
    def label(self) -> Promise:
        return SUPPRESSION_LABELS[self]


class SuppressionKind(StrEnum):
    ADDRESS = "address"
    DOMAIN = "domain"

    @property
    def label(self) -> Promise:
        return KIND_LABELS[self]


SUBSCRIPTION_LABELS: dict[SubscriptionState, Promise] = {
    SubscriptionState.SUBSCRIBED: _("Subscribed"),
    SubscriptionState.PENDING: _("Not yet confirmed"),
    SubscriptionState.UNSUBSCRIBED: _("Unsubscribed"),
}

BASIS_LABELS: dict[ConsentBasis, Promise] = {
    ConsentBasis.DOUBLE_OPT_IN: _("Signed up and confirmed"),
    ConsentBasis.SINGLE_OPT_IN: _("Signed up"),
    ConsentBasis.CUSTOMER: _("Customer"),
    ConsentBasis.CARD_AT_FAIR: _("Card handed over at a fair"),
    ConsentBasis.LEGITIMATE_INTEREST: _("Legitimate interest"),
    ConsentBasis.UNKNOWN: _("Not known"),
}

BASIS_SENTENCES: dict[ConsentBasis, Promise] = {
    ConsentBasis.DOUBLE_OPT_IN: _("They signed up and confirmed it by a link in a mail."),
    ConsentBasis.SINGLE_OPT_IN: _("They signed up by a form or a message, without a confirmation."),
    ConsentBasis.CUSTOMER: _("They bought from us, or asked us for an offer."),
    ConsentBasis.CARD_AT_FAIR: _("They gave us their card at a fair or a meeting."),
    ConsentBasis.LEGITIMATE_INTEREST: _(
        "They deal in what we offer, and published this address for business."
    ),
    ConsentBasis.UNKNOWN: _(
        "We do not know how the address came to us. In many countries it must not be mailed."
    ),
}

IMPORT_LABELS: dict[ImportState, Promise] = {
    ImportState.UPLOADED: pgettext_lazy("import", "Uploaded"),
    ImportState.MAPPED: pgettext_lazy("import", "Waiting to start"),
    ImportState.RUNNING: pgettext_lazy("import", "Running"),
    ImportState.DONE: pgettext_lazy("import", "Done"),
    ImportState.FAILED: pgettext_lazy("import", "Stopped with an error"),
}

OUTCOME_LABELS: dict[Outcome, Promise] = {
    Outcome.CREATED: pgettext_lazy("import", "New"),
    Outcome.UPDATED: pgettext_lazy("import", "Updated"),
    Outcome.UNCHANGED: pgettext_lazy("import", "Known, not changed"),
}

SUPPRESSION_LABELS: dict[SuppressionReason, Promise] = {
    SuppressionReason.UNSUBSCRIBED: _("Unsubscribed"),
    SuppressionReason.COMPLAINED: _("Complained about spam"),
    SuppressionReason.HARD_BOUNCE: _("Address does not exist"),
    SuppressionReason.MANUAL: _("Added by hand"),
    SuppressionReason.IMPORTED: _("From an imported list"),
}

KIND_LABELS: dict[SuppressionKind, Promise] = {
    SuppressionKind.ADDRESS: _("Address"),
    SuppressionKind.DOMAIN: _("Whole domain"),
}

"""The closed vocabularies of the ledger: states, event types, reasons. The database refuses anything else."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class OriginKind(StrEnum):
    CAMPAIGN = "campaign"
    STEP = "step"
    TEST = "test"
    TRANSACTIONAL = "transactional"


class OriginState(StrEnum):
    OPEN = "open"  # its messages may be claimed
    PAUSED = "paused"  # by a person
    HELD = "held"  # by the program, with a reason
    CANCELLED = "cancelled"
    CLOSED = "closed"  # every message is in a final state


class MessageState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    BOUNCED = "bounced"  # accepted first; a DSN took it back
    EXPIRED = "expired"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"  # the final dot was sent and no reply was read

    @property
    def is_final(self) -> bool:
        return self not in WAITING

    @property
    def label(self) -> Promise:
        return STATE_LABELS[self]


WAITING = frozenset({MessageState.QUEUED, MessageState.CLAIMED, MessageState.DEFERRED})

STATE_LABELS: dict[MessageState, Promise] = {
    MessageState.QUEUED: _("Planned"),
    MessageState.CLAIMED: _("Being sent"),
    MessageState.DEFERRED: _("Waiting for another try"),
    MessageState.ACCEPTED: _("Accepted"),
    MessageState.REFUSED: _("Refused"),
    MessageState.BOUNCED: _("Bounced"),
    MessageState.EXPIRED: _("Expired"),
    MessageState.SKIPPED: _("Skipped"),
    MessageState.UNKNOWN: _("Unknown"),
}


class EventType(StrEnum):
    """What happened, after django-anymail's vocabulary, plus ours. One event is one fact and is never changed."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    RETURNED = "returned"  # claimed, not tried, put back (a worker stopped or died before the message was on its way)
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    REPLIED = "replied"
    AUTO_REPLIED = "auto_replied"
    # about an origin
    PLANNED = "planned"
    PAUSED = "paused"
    RESUMED = "resumed"
    HELD = "held"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    # about a lane, a domain or an address
    LANE_SLOWED = "lane_slowed"
    LANE_SUSPENDED = "lane_suspended"
    DOMAIN_STOPPED = "domain_stopped"
    SUPPRESSED = "suppressed"


class Reason(StrEnum):
    """Why the gate does not let a message go now, or ever."""

    # skip: this message will not be sent
    SUPPRESSED_ADDRESS = "suppressed_address"
    SUPPRESSED_DOMAIN = "suppressed_domain"
    NOT_SUBSCRIBED = "not_subscribed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NO_MAIL_SERVER = "no_mail_server"
    CONTACT_GONE = "contact_gone"
    CAMPAIGN_CANCELLED = "campaign_cancelled"
    CANNOT_COMPOSE = "cannot_compose"
    # defer: not now
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_HELD = "campaign_held"
    DOMAIN_UNAUTHENTICATED = "domain_unauthenticated"
    MAIL_SERVER_UNKNOWN = "mail_server_unknown"
    LANE_SUSPENDED = "lane_suspended"
    LANE_BUSY = "lane_busy"
    # expired
    LIFETIME_OVER = "lifetime_over"

    @property
    def sentence(self) -> Promise:
        return REASON_SENTENCES[self]


REASON_SENTENCES: dict[Reason, Promise] = {
    Reason.SUPPRESSED_ADDRESS: _("The address is on the suppression list."),
    Reason.SUPPRESSED_DOMAIN: _("The whole domain is on the suppression list."),
    Reason.NOT_SUBSCRIBED: _("The contact is no longer subscribed to any of the campaign's lists."),
    Reason.CONSENT_WITHDRAWN: _("The contact has withdrawn their consent."),
    Reason.NO_MAIL_SERVER: _("The domain of the address takes no mail."),
    Reason.CONTACT_GONE: _("The contact was deleted."),
    Reason.CAMPAIGN_CANCELLED: _("The campaign was cancelled before this message was sent."),
    Reason.CANNOT_COMPOSE: _("The message could not be composed for this contact."),
    Reason.CAMPAIGN_PAUSED: _("The campaign is paused."),
    Reason.CAMPAIGN_HELD: _("The campaign is held."),
    Reason.DOMAIN_UNAUTHENTICATED: _("The sending domain is not authenticated."),
    Reason.MAIL_SERVER_UNKNOWN: _("DNS did not answer for this domain yet; it is asked again."),
    Reason.LANE_SUSPENDED: _("We are resting at this mailbox provider after its refusals."),
    Reason.LANE_BUSY: _("The pace for this mailbox provider is used up for the moment."),
    Reason.LIFETIME_OVER: _("The campaign's time ran out before the provider took the message."),
}

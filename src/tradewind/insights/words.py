"""The steps that a message takes, as this room counts them: names, labels, how each figure is computed."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Step(StrEnum):
    """A step is counted once per message, at the first time the message took it."""

    PLANNED = "planned"
    SKIPPED = "skipped"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    INBOX = "inbox"
    OPENED_HUMAN = "opened_human"
    OPENED_MACHINE = "opened_machine"
    OPENED_ONLY_MACHINE = "opened_only_machine"
    OPENED_UNSURE = "opened_unsure"
    CLICKED_HUMAN = "clicked_human"
    CLICKED_MACHINE = "clicked_machine"
    CLICKED_ONLY_MACHINE = "clicked_only_machine"
    CLICKED_UNSURE = "clicked_unsure"
    REPLIED = "replied"
    AUTO_REPLIED = "auto_replied"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"

    @property
    def label(self) -> Promise:
        return STEP_LABELS[self]

    @property
    def info(self) -> Promise:
        return STEP_INFO[self]


STEP_LABELS: dict[Step, Promise] = {
    Step.PLANNED: _("Planned"),
    Step.SKIPPED: _("Skipped"),
    Step.ACCEPTED: _("Accepted"),
    Step.REFUSED: _("Refused"),
    Step.EXPIRED: _("Expired"),
    Step.UNKNOWN: _("Unknown"),
    Step.BOUNCED: _("Bounced"),
    Step.INBOX: _("Shown to be in the inbox"),
    Step.OPENED_HUMAN: _("Opened by people"),
    Step.OPENED_MACHINE: _("Opened by machines"),
    Step.OPENED_ONLY_MACHINE: _("Opened by machines only"),
    Step.OPENED_UNSURE: _("Opened, person or machine unclear"),
    Step.CLICKED_HUMAN: _("Clicked by people"),
    Step.CLICKED_MACHINE: _("Clicked by machines"),
    Step.CLICKED_ONLY_MACHINE: _("Clicked by machines only"),
    Step.CLICKED_UNSURE: _("Clicked, person or machine unclear"),
    Step.REPLIED: _("Replied"),
    Step.AUTO_REPLIED: _("Automatic reply"),
    Step.UNSUBSCRIBED: _("Unsubscribed"),
    Step.COMPLAINED: _("Complained"),
}

STEP_INFO: dict[Step, Promise] = {
    Step.PLANNED: _(
        "Everybody in the audience when the campaign was planned, including those who were then skipped."
    ),
    Step.SKIPPED: _("Not sent: the gate stopped the message before it left us. Each carries its reason."),
    Step.ACCEPTED: _(
        "The provider's server took the message. It may still be in the spam folder, or come back as bounced."
    ),
    Step.REFUSED: _("The provider's server said no for good, or we do not try again."),
    Step.EXPIRED: _(
        "The provider kept deferring it until the campaign's time was over. Not the recipient's fault."
    ),
    Step.UNKNOWN: _(
        "The connection was lost after the whole message was sent and before the answer was read. "
        "Never sent again by itself, so that nobody gets it twice."
    ),
    Step.BOUNCED: _("Accepted first; a bounce message took it back later. It also counts as accepted."),
    Step.INBOX: _(
        "Something happened that only happens in the inbox: an open, a person's click, a reply, a complaint."
    ),
    Step.OPENED_HUMAN: _(
        "Messages whose picture was loaded by a person, or probably a person. Readers who block "
        "pictures are not counted."
    ),
    Step.OPENED_MACHINE: _(
        "Messages whose picture was loaded by a privacy proxy or a scanner. A person may have opened "
        "the same message too."
    ),
    Step.OPENED_ONLY_MACHINE: _("Messages loaded by machines and, as far as we can tell, by no person."),
    Step.OPENED_UNSURE: _(
        "The evidence does not tell whether it was a person. Counted neither as people nor as machines."
    ),
    Step.CLICKED_HUMAN: _("Messages in which a person, or probably a person, followed a link."),
    Step.CLICKED_MACHINE: _(
        "Messages whose links were followed by a scanner. A person may have clicked in the same message too."
    ),
    Step.CLICKED_ONLY_MACHINE: _(
        "Messages whose links were followed by scanners and, as far as we can tell, by no person."
    ),
    Step.CLICKED_UNSURE: _(
        "The evidence does not tell whether it was a person. Counted neither as people nor as machines."
    ),
    Step.REPLIED: _(
        "Messages that a person answered. Out-of-office and other automatic answers are counted apart."
    ),
    Step.AUTO_REPLIED: _("Messages answered by a program, for example out of office."),
    Step.UNSUBSCRIBED: _("Messages through which the reader unsubscribed."),
    Step.COMPLAINED: _("Messages that the reader reported as spam, as far as the provider tells us."),
}


class Fault(StrEnum):
    """Who is at fault when a server refuses: the second of the four fields of a reply."""

    RECIPIENT = "recipient"
    CONTENT = "content"
    IDENTITY = "identity"
    REPUTATION = "reputation"
    RATE = "rate"
    RECEIVER = "receiver"
    NETWORK = "network"
    OURS = "ours"
    UNKNOWN = "unknown"

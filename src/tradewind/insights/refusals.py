"""Why messages were refused or came back: by cause, in the reply's own words, with what it means."""

from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.insights.sql import statement
from tradewind.insights.words import Fault, Step


@dataclass(frozen=True, slots=True)
class Cause:
    """Messages that were refused (or bounced) for the same cause."""

    step: Step
    rule: str
    code: int | None
    status: str
    fault: Fault
    persistence: str
    suppressed: bool
    count: int
    words: str
    providers: tuple[str, ...]

    @property
    def sentence(self) -> Promise:
        """What it means, for somebody who does not read SMTP."""
        return FAULT_SENTENCES[self.fault]

    @property
    def next_step(self) -> Promise:
        return FAULT_STEPS[self.fault]

    @property
    def codes(self) -> str:
        """Reply code and status; the status is left out where the words begin with it."""
        status = "" if self.words.startswith(self.status) else self.status
        return " ".join(str(part) for part in (self.code, status) if part)


FAULT_SENTENCES: dict[Fault, Promise] = {
    Fault.RECIPIENT: _("The mailbox does not exist, is closed, or takes no more mail."),
    Fault.CONTENT: _("The receiver did not like what the mail contains: its text, links or attachments."),
    Fault.IDENTITY: _(
        "The receiver could not make sure that the mail is really ours (SPF, DKIM, DMARC, reverse DNS "
        "or TLS)."
    ),
    Fault.REPUTATION: _(
        "The receiver distrusts our domain or server because of earlier mail, ours or that of neighbours."
    ),
    Fault.RATE: _("We came too fast or too often for this receiver."),
    Fault.RECEIVER: _("The receiver's own system had a fault."),
    Fault.NETWORK: _("The receiver's server was not found or not reached."),
    Fault.OURS: _(
        "Our own settings stood in the way: a login, a relay, or an encrypted connection that could not be made."
    ),
    Fault.UNKNOWN: _("The reply does not say clearly why."),
}

FAULT_STEPS: dict[Fault, Promise] = {
    Fault.RECIPIENT: _(
        "Nothing to repair: the address is not written to again. Look where these addresses came from."
    ),
    Fault.CONTENT: _("Look at links and attachments, send yourself a test, and change what the reply names."),
    Fault.IDENTITY: _("Check the records of your sending domain."),
    Fault.REPUTATION: _("Write to fewer and more interested people at this provider for a while."),
    Fault.RATE: _("Nothing to do: the pace for this provider was lowered."),
    Fault.RECEIVER: _("Nothing to do now; try these contacts again with the next campaign."),
    Fault.NETWORK: _("If it is a company you know, ask for its current address."),
    Fault.OURS: _("Test the channel: the reply says what is missing."),
    Fault.UNKNOWN: _("Open a message and send its trace to the receiver's postmaster."),
}


def refusals(origin_id: int) -> list[Cause]:
    """Causes of refusals and bounces, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(statement("refusals"), {"origin": origin_id})
        return [_cause(*row) for row in cursor.fetchall()]


def _cause(
    state: str,
    rule: str,
    code: int | None,
    status: str,
    fault: str,
    persistence: str,
    suppress: bool,
    count: int,
    words: str | None,
    providers: list[str],
) -> Cause:
    """One row of refusals.sql."""
    return Cause(
        Step(state),
        rule,
        code,
        status,
        fault_of(fault),
        persistence,
        suppress,
        count,
        words or "",
        tuple(providers),
    )


def fault_of(word: str) -> Fault:
    """The engine's word for who is at fault; a word we do not know (of a newer rule set) is unknown."""
    try:
        return Fault(word)
    except ValueError:
        return Fault.UNKNOWN

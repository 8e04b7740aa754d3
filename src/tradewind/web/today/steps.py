"""The way to the first campaign: what a new workspace shows until one was sent."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tradewind.accounts.access import Access
from tradewind.audience.models import Contact
from tradewind.content.models import Template
from tradewind.outreach.models import Campaign
from tradewind.senders.models import Sender, SendingDomain


@dataclass(frozen=True)
class SetupStep:
    title: str
    why: str
    url: str
    button: str
    done: bool


def first_steps(access: Access) -> list[SetupStep]:
    """Five steps with what is done of them; empty once a campaign was started."""
    if access.rows(Campaign).filter(started_at__isnull=False).exists():
        return []
    authenticated = access.rows(SendingDomain).filter(state=SendingDomain.State.AUTHENTICATED).exists()
    return [
        SetupStep(
            _("Prove that your domain is yours"),
            _(
                "SPF, DKIM and DMARC tell Gmail, Outlook and the others that mail from you is really from you. "
                "We show the records and check them."
            ),
            access.url("senders:domains"),
            _("Add a domain"),
            authenticated,
        ),
        SetupStep(
            _("Say from whom, and by which way"),
            _(
                "A sender is a name and an address at your domain; a channel is the mail server that takes the mail."
            ),
            access.url("senders:senders"),
            _("Add a sender"),
            access.rows(Sender).exists(),
        ),
        SetupStep(
            _("Bring your customers"),
            _(
                "A CSV file from your ERP, your mailbox or a trade fair; English and Chinese headings are understood."
            ),
            access.url("audience:import_new"),
            _("Import contacts"),
            access.rows(Contact).exists(),
        ),
        SetupStep(
            _("Write the mail"),
            _(
                "Start from a template that looks right everywhere, with the name and the company of the reader in it."
            ),
            access.url("content:index"),
            _("Write a template"),
            access.rows(Template).exists(),
        ),
        SetupStep(
            _("Send the first campaign"),
            _(
                "Before anything leaves, you see who gets it, who does not and why, and when it will be finished."
            ),
            access.url("campaigns:new"),
            _("Make a campaign"),
            False,
        ),
    ]

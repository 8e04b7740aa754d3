"""What the people of the story do, through the same functions as the pages: set up, import, write, send."""

import time
from dataclasses import dataclass
from pathlib import Path

from tradewind.accounts.models import User, Workspace
from tradewind.audience import importing
from tradewind.audience.models import ConsentBasis, Import, List
from tradewind.cli.common import fail
from tradewind.cli.demo.stage import DOMAIN
from tradewind.cli.words import gettext as _
from tradewind.content import starting
from tradewind.content.models import Template
from tradewind.lab.testing import LabProcess
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign
from tradewind.senders import channels, checks, domains
from tradewind.senders.models import Channel, Sender, SendingDomain

EMAIL = "demo@tradewind.example"
PASSWORD = "fair-winds-2026"  # noqa: S105 - printed on purpose: an installation that nobody else reaches
MAIL_HOST = f"mail.{DOMAIN}"
SOURCE = "Canton Fair 2026 spring"
IMPORT_SECONDS = 120.0
LIFETIME_HOURS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What the story left behind."""

    campaign: Campaign
    contacts: Import
    began: float  # time.monotonic()

    @property
    def page(self) -> str:
        return f"/w/{self.campaign.workspace.slug}/campaigns/{self.campaign.pk}/"


def tell(lab: LabProcess, address_book: Path) -> Told:
    """From an empty installation to a campaign that is being sent."""
    began = time.monotonic()
    owner = User.objects.create_user(
        EMAIL, PASSWORD, first_name="Lin", last_name="Wei", time_zone="Asia/Shanghai"
    )
    workspace = Workspace.found(
        "Ningbo Lantern",
        owner,
        company_name="Ningbo Lantern Co., Ltd.",
        postal_address="88 Harbour Road, Beilun, Ningbo 315800, China",
        website=f"https://www.{DOMAIN}",
        country="CN",
        time_zone="Asia/Shanghai",
    )
    sender = _sender(workspace, lab)
    contacts, buyers = _buyers(workspace, owner, address_book)
    templates = [starting.from_starter(workspace, key, owner) for key in _starters()]
    return Told(_campaign(workspace, owner, buyers, templates[0], sender), contacts, began)


def _starters() -> list[str]:
    return [starter.key for starter in starting.starters().values() if starter.language == "en"]


def _sender(workspace: Workspace, lab: LabProcess) -> Sender:
    """A domain whose records are published (in the laboratory's DNS panel) and checked, and the way out."""
    domain = domains.add_domain(workspace, DOMAIN)
    lab.publish({"name": r.name, "type": r.type, "data": r.value} for r in domains.records(domain))
    lab.publish(
        [
            {"name": DOMAIN, "type": "MX", "data": f"10 {MAIL_HOST}."},  # answers come to us
            {"name": MAIL_HOST, "type": "A", "data": "127.0.0.1"},
            {"name": "1.0.0.127.in-addr.arpa", "type": "PTR", "data": f"{MAIL_HOST}."},
        ]
    )
    checks.check(domain)
    domain.refresh_from_db()
    if domain.state != SendingDomain.State.AUTHENTICATED:
        fail(_("The sending domain was not authenticated: {checks}").format(checks=domain.checks))
    channel = Channel.objects.create(
        workspace=workspace,
        name="Direct",
        kind=Channel.Kind.DIRECT,
        port=lab.smtp_port,
        security=Channel.Security.OPPORTUNISTIC,
        ehlo_name=MAIL_HOST,
        max_connections=20,
    )
    tried = channels.test(channel)
    if not tried.ok:
        fail(tried.sentence)
    return Sender.objects.create(
        workspace=workspace, name="Lin Wei", email=f"lin.wei@{DOMAIN}", domain=domain, channel=channel
    )


def _buyers(workspace: Workspace, owner: User, address_book: Path) -> tuple[Import, List]:
    """The address book, imported by the job that also imports what people upload."""
    buyers = List.objects.create(workspace=workspace, name=_("Buyers"))
    contacts = importing.upload_file(workspace, owner, address_book)
    importing.attest(contacts, list_=buyers, source=SOURCE, basis=ConsentBasis.CARD_AT_FAIR)
    importing.start(contacts)
    deadline = time.monotonic() + IMPORT_SECONDS
    while contacts.state not in (Import.State.DONE, Import.State.FAILED) and time.monotonic() < deadline:
        time.sleep(0.1)
        contacts.refresh_from_db()
    if contacts.state != Import.State.DONE:
        fail(_("The import did not end: {state}. {error}").format(state=contacts.state, error=contacts.error))
    return contacts, buyers


def _campaign(
    workspace: Workspace, owner: User, buyers: List, template: Template, sender: Sender
) -> Campaign:
    campaign = campaigns.create(workspace, _("Autumn collection 2026"), owner)
    campaigns.set_audience(campaign, [buyers])
    campaigns.set_content(campaign, template, sender)
    campaigns.set_lifetime(campaign, LIFETIME_HOURS)
    campaigns.start(campaign)
    return campaign

"""A campaign that is ready to be sent, on real rows: lists, contacts, mail domains, a template, an authenticated sender."""

import itertools
from datetime import timedelta

from tests.insights.scene import make_sender
from tradewind.accounts.models import Workspace
from tradewind.audience.models import Contact, List, Subscription
from tradewind.content.models import Template
from tradewind.core import clock
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign
from tradewind.senders.models import MailDomain, Sender

NUMBERS = itertools.count(1)
MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-text>Dear {{ first_name | default: "friend" }} of {{ company | default: "your company" }},
our catalogue is ready.</mj-text>
<mj-button href="https://lantern.example/catalogue">See the catalogue</mj-button>
<mj-text>{{ workspace_name }} · {{ workspace_address }} <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def make_list(
    workspace: Workspace, people: int = 5, name: str = "Canton Fair", domain: str = "buyer.example"
) -> List:
    """A list with that many subscribed contacts at one domain."""
    found = List.objects.create(workspace=workspace, name=name)
    for _ in range(people):
        subscribe(found, domain)
    return found


def subscribe(list_: List, domain: str) -> Contact:
    address = f"person{next(NUMBERS)}@{domain}"
    contact = Contact.objects.create(
        workspace=list_.workspace,
        email=address,
        email_key=address,
        mail_domain=domain,
        first_name="Ana",
        last_name="Silva",
    )
    Subscription.objects.create(workspace=list_.workspace, list=list_, contact=contact)
    return contact


def know(domain: str, provider: str = "gmail", status: str = MailDomain.Status.FOUND) -> None:
    """As if the DNS had answered."""
    now = clock.now()
    MailDomain.objects.update_or_create(
        name=domain,
        defaults={
            "status": status,
            "provider": provider,
            "mx_hosts": [[10, f"mx.{domain}"]] if status == MailDomain.Status.FOUND else [],
            "checked_at": now,
            "fresh_until": now + timedelta(days=1),
        },
    )


def make_template(workspace: Workspace, name: str = "Catalogue") -> Template:
    return Template.objects.create(
        workspace=workspace,
        name=name,
        subject="Our new lanterns, {{ first_name | default: 'friend' }}",
        mjml=MJML,
    )


def make_campaign(workspace: Workspace, people: int = 5, name: str = "Spring lanterns") -> Campaign:
    """A draft that passes the check."""
    know("buyer.example")
    campaign = campaigns.create(workspace, name)
    sender = Sender.objects.filter(workspace=workspace).first() or make_sender(workspace)
    campaigns.set_audience(campaign, [make_list(workspace, people, name=f"List for {name}")])
    campaigns.set_content(campaign, make_template(workspace, name), sender)
    return campaign

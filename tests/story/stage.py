"""An exporter in the laboratory: an authenticated domain, buyers, a template, and the settings with which Tradewind's own
processes live in that small internet."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.processes import Processes, wait_until
from tradewind.accounts.models import User, Workspace
from tradewind.audience.models import Contact, List, Subscription
from tradewind.content import starting
from tradewind.content.models import Template
from tradewind.lab.testing import LabProcess
from tradewind.ledger import origins
from tradewind.ledger.models import Attempt, Message, Origin
from tradewind.outreach import campaigns, tasks
from tradewind.outreach.check import CheckReport
from tradewind.outreach.models import Campaign
from tradewind.senders import checks, domains
from tradewind.senders.models import Channel, Sender, SendingDomain

DOMAIN = "ningbo-lantern.example"
MAIL_HOST = f"mail.{DOMAIN}"
PACE = 2000.0
WAITING = ("queued", "claimed", "deferred")


@dataclass
class Stage:
    """A workspace that can send into the laboratory."""

    lab: LabProcess
    data: Path
    environment: dict[str, str]
    workspace: Workspace = field(init=False)
    sender: Sender = field(init=False)
    buyers: List = field(init=False)
    template: Template = field(init=False)

    def furnish(self) -> None:
        """From an empty database to a sender that may send."""
        owner = User.objects.create_user("owner@tradewind.example", "x")
        self.workspace = Workspace.found(
            "Ningbo Lantern", owner, company_name="Ningbo Lantern Co.", postal_address="88 Harbour Road"
        )
        domain = domains.add_domain(self.workspace, DOMAIN)
        self.lab.publish({"name": r.name, "type": r.type, "data": r.value} for r in domains.records(domain))
        self.lab.publish(
            [
                {"name": DOMAIN, "type": "MX", "data": f"10 {MAIL_HOST}."},
                {"name": MAIL_HOST, "type": "A", "data": "127.0.0.1"},
                {"name": "1.0.0.127.in-addr.arpa", "type": "PTR", "data": f"{MAIL_HOST}."},
            ]
        )
        checks.check(domain)
        domain.refresh_from_db()
        assert domain.state == SendingDomain.State.AUTHENTICATED, domain.checks
        channel = Channel.objects.create(
            workspace=self.workspace,
            name="Direct",
            kind=Channel.Kind.DIRECT,
            port=self.lab.smtp_port,
            security=Channel.Security.OPPORTUNISTIC,
            ehlo_name=MAIL_HOST,
            max_connections=20,
        )
        self.sender = Sender.objects.create(
            workspace=self.workspace, name="Lin Wei", email=f"lin@{DOMAIN}", domain=domain, channel=channel
        )
        self.buyers = List.objects.create(workspace=self.workspace, name="Buyers")
        self.template = starting.from_starter(self.workspace, "introduction.en", owner)

    def contacts(self, addresses: Iterable[str], **fields: Any) -> None:
        """Subscribed contacts with these addresses; the laboratory makes homes for their domains."""
        addresses = list(addresses)
        self.lab.people(addresses)
        for address in addresses:
            contact = Contact.objects.create(
                workspace=self.workspace,
                email=address,
                email_key=address,
                mail_domain=address.rpartition("@")[2],
                **{"first_name": "Anna", **fields},
            )
            Subscription.objects.create(workspace=self.workspace, list=self.buyers, contact=contact)

    def everybody_is_there(self, **traits: object) -> None:
        """No box of our contacts is dead or full by chance, and nobody acts unless a test says so."""
        for contact in Contact.objects.filter(workspace=self.workspace):
            self.lab.person(
                contact.email,
                **{"state": "ok", "opens": False, "auto_reply": False, "prefetch": False, **traits},
            )

    def draft(self) -> Campaign:
        campaign = campaigns.create(self.workspace, "Spring lanterns")
        campaigns.set_audience(campaign, [self.buyers])
        campaigns.set_content(campaign, self.template, self.sender)
        campaigns.set_lifetime(campaign, campaigns.MAX_LIFETIME_HOURS)
        return campaign

    def draft_report(self) -> CheckReport:
        """What the check of a new draft says."""
        return campaigns.check(self.draft())

    def launch(self, campaign: Campaign | None = None) -> Origin:
        """Start a campaign, and plan it here and now instead of by the job."""
        campaign = campaign or self.draft()
        origin = campaigns.start(campaign)
        tasks.plan_campaign(campaign_id=campaign.pk)
        origin.refresh_from_db()
        return origin

    def processes(self, *commands: str, **environment: str) -> Processes:
        return Processes(*commands, data=self.data, **self.environment, **environment)

    def books(self, origin: Origin) -> "Books":
        return Books(self.lab, origin)


@dataclass
class Books:
    """Tradewind's rows beside the laboratory's books."""

    lab: LabProcess
    origin: Origin

    def states(self) -> Counter[str]:
        return Counter(Message.objects.filter(origin=self.origin).values_list("state", flat=True))

    def reasons(self) -> Counter[str]:
        return Counter(Message.objects.filter(origin=self.origin).values_list("reason", flat=True))

    def sent(self) -> bool:
        return not Message.objects.filter(origin=self.origin, state__in=WAITING).exists()

    def wait(self, seconds: float = 30.0) -> None:
        """Until no message waits any more, and the origin is closed."""
        wait_until(self.sent, seconds, f"all sent; now {dict(self.states())}, {dict(self.reasons())}")
        origins.sweep()

    def attempts(self) -> "list[Attempt]":
        return list(Attempt.objects.filter(message__origin=self.origin).order_by("pk"))

    def agree(self, unknown: int = 0) -> None:
        """Nothing lost, nothing doubled: every message in one final state, and the books say the same."""
        ours, theirs = self.states(), self.lab.books()
        assert theirs["duplicates"] == 0, theirs
        assert not any(ours[state] for state in WAITING), ours
        assert ours["unknown"] == unknown, (ours, theirs)
        if not unknown:
            assert ours["accepted"] + ours["bounced"] == theirs["accepted"], (ours, theirs)
        assert ours["refused"] == theirs["refused"], (ours, theirs)


def steady(read: Any, seconds: float = 20.0, still: float = 0.8) -> Any:
    """What `read` gives once it has not changed for a moment."""
    deadline, last, since = time.monotonic() + seconds, read(), time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < still:
        time.sleep(0.1)
        now = read()
        if now != last:
            last, since = now, time.monotonic()
    return last

"""A workspace in the middle of its work, for pages that show much at once."""

from datetime import timedelta

from django.utils import timezone

from tests.cast import Cast
from tradewind.accounts.models import ApiKey, Invitation
from tradewind.accounts.roles import Role
from tradewind.content.models import Template, TemplateVersion
from tradewind.insights.models import Rollup
from tradewind.ledger.models import Origin
from tradewind.outreach.models import Campaign
from tradewind.senders.models import Channel, Sender, SendingDomain

WEEK = {
    "gmail": {"accepted": 812, "refused": 14, "opened_human": 301, "clicked_human": 44, "replied": 9},
    "microsoft365": {"accepted": 540, "refused": 61, "opened_human": 122, "bounced": 3, "clicked_human": 12},
    "qq": {"accepted": 96, "refused": 2, "opened_human": 31},
    "some-unknown-key": {"accepted": 210, "refused": 25, "opened_human": 70, "replied": 2},
}


def origin_of(cast: Cast, name: str = "Spring offer") -> Origin:
    """An origin with everything it needs: domain, channel, sender, version."""
    workspace = cast.workspace
    domain = SendingDomain.objects.create(
        workspace=workspace,
        name=f"{name.split()[0].lower()}.example",
        return_path_host="b.example",
        tracking_host="c.example",
    )
    channel = Channel.objects.create(workspace=workspace, name=f"Relay for {name}", host="relay.example")
    sender = Sender.objects.create(
        workspace=workspace, name="Alice", email=f"alice@{domain.name}", domain=domain, channel=channel
    )
    template = Template.objects.create(workspace=workspace, name=name)
    version = TemplateVersion.objects.create(
        workspace=workspace,
        template=template,
        number=1,
        subject=name,
        html="<p>x</p>",
        text="x",
        mjml="",
        digest=name,
    )
    return Origin.objects.create(
        workspace=workspace,
        kind="campaign",
        name=name,
        sender=sender,
        domain=domain,
        channel=channel,
        version=version,
        expires_at=timezone.now() + timedelta(days=3),
        planned_at=timezone.now(),
    )


def counted(origin: Origin, figures: dict[str, dict[str, int]], ago: timedelta = timedelta(days=1)) -> None:
    """Write counts as the projector would have."""
    minute = (timezone.now() - ago).replace(second=0, microsecond=0)
    for provider, steps in figures.items():
        for step, count in steps.items():
            Rollup.objects.create(
                workspace=origin.workspace,
                origin=origin,
                provider=provider,
                minute=minute,
                step=step,
                count=count,
            )


def furnish(cast: Cast) -> None:
    """A running and a held campaign, a week of mail, a domain without records, an invitation, keys, a past."""
    origin = origin_of(cast)
    figures = {
        key: steps | {"planned": steps["accepted"] + steps["refused"] + 100} for key, steps in WEEK.items()
    }
    counted(origin, figures)
    Campaign.objects.create(
        workspace=cast.workspace,
        name="Spring offer",
        state="sending",
        origin=origin,
        started_at=timezone.now(),
    )
    Campaign.objects.create(
        workspace=cast.workspace, name="Fair follow-up", state="held", state_reason="Gmail answers 5.7.26."
    )
    Invitation.invite(cast.workspace, "eve@lantern.example", Role.SALES, cast.alice)
    ApiKey.issue(cast.workspace, "Web shop", Role.MARKETER, cast.alice)
    ApiKey.issue(cast.workspace, "Old ERP", Role.VIEWER, cast.alice)[0].revoke()
    cast.access(cast.bob).audit("list.created", cast.workspace, "Canton Fair 2026")

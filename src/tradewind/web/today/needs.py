"""What needs a person, the most pressing first, each with its next step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradewind.accounts.access import Access
from tradewind.accounts.roles import Permission
from tradewind.audience.models import Import
from tradewind.outreach.models import Campaign, CampaignState
from tradewind.senders import channels
from tradewind.senders.models import Channel, Lane, SendingDomain

RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Need:
    level: Literal["bad", "warn"]
    title: str
    why: str
    url: str
    button: str


def needs(access: Access) -> list[Need]:
    """Few sentences: what stops mail comes before what would be better mended."""
    found = [
        *_held(access),
        *_domains(access),
        *_address(access),
        *_channels(access),
        *_imports(access),
        *_lanes(access),
    ]
    return sorted(found, key=lambda need: need.level != "bad")


def _held(access: Access) -> Iterator[Need]:
    for campaign in access.rows(Campaign).filter(state=CampaignState.HELD).order_by("-id")[:5]:
        title = _("The campaign “%(name)s” is held") % {"name": campaign.name}
        url = access.url("campaigns:report", campaign.pk)
        yield Need("bad", title, campaign.state_reason or _("The program stopped it."), url, _("See why"))


def _domains(access: Access) -> Iterator[Need]:
    state = SendingDomain.State
    sentences = {
        state.FAILING.value: (
            "bad",
            _("Its DNS records are missing or wrong since the last check; nothing is sent from it."),
        ),
        state.PENDING.value: (
            "warn",
            _("Its DNS records have not been seen yet; nothing can be sent from it."),
        ),
    }
    for domain in access.rows(SendingDomain).filter(state__in=sentences).order_by("name")[:5]:
        level, why = sentences[domain.state]
        title = _("The domain %(name)s is not authenticated") % {"name": domain.name}
        yield Need(
            "bad" if level == "bad" else "warn",
            title,
            why,
            access.url("senders:domain", domain.pk),
            _("See the records"),
        )


def _address(access: Access) -> Iterator[Need]:
    if not access.workspace.postal_address and access.allows(Permission.MANAGE_WORKSPACE):
        why = _("Most countries ask for it at the foot of every commercial mail.")
        yield Need(
            "warn",
            _("The postal address of the company is missing"),
            why,
            access.url("settings:workspace"),
            _("Enter it"),
        )


def _channels(access: Access) -> Iterator[Need]:
    for channel in access.rows(Channel).filter(last_test__ok=False).order_by("name")[:5]:
        title = _("The channel “%(name)s” failed its last test") % {"name": channel.name}
        last = channel.last_test or {}
        why = channels.say(last.get("code", ""), last.get("detail", "")) or last.get("sentence", "")
        yield Need("bad", title, why, access.url("senders:channel", channel.pk), _("Look at it"))


def _imports(access: Access) -> Iterator[Need]:
    recent = access.rows(Import).filter(created_at__gte=timezone.now() - RECENT)
    for one in recent.filter(state=Import.State.FAILED).order_by("-id")[:3]:
        title = _("The import of %(file)s failed") % {"file": one.file_name}
        yield Need("warn", title, one.error, access.url("audience:import", one.pk), _("See the import"))
    for one in recent.filter(state=Import.State.DONE, rejected__gt=0).order_by("-id")[:3]:
        title = ngettext(
            "%(n)s row of %(file)s was rejected", "%(n)s rows of %(file)s were rejected", one.rejected
        ) % {"n": one.rejected, "file": one.file_name}
        why = _("The other rows are in. Each rejected row stands in a file with its reason.")
        yield Need("warn", title, why, access.url("audience:import", one.pk), _("See the rows"))


def _lanes(access: Access) -> Iterator[Need]:
    resting = (
        access.rows(Lane).filter(state=Lane.State.SUSPENDED).select_related("domain").order_by("provider")
    )
    for lane in resting[:5]:
        title = _("%(domain)s rests at %(provider)s") % {"domain": lane.domain, "provider": lane.provider}
        url = access.url("deliverability:lanes")
        yield Need(
            "warn", title, lane.state_reason or _("The provider refused our mail."), url, _("See the lanes")
        )

"""Lanes: where the pace towards one mailbox provider is kept, for one domain and channel."""

from collections.abc import Iterable
from importlib.resources import files
from typing import LiteralString, cast

from tradewind.senders.models import Channel, Lane, SendingDomain
from tradewind.senders.providers import catalogue

# Grants up to `wanted` permits of lane `lane`, and says how many. Parameters: lane, wanted, now, pace.
GRANT = cast(LiteralString, (files(__package__) / "sql" / "grant.sql").read_text(encoding="utf-8"))


def ensure(domain: SendingDomain, channel: Channel, providers: Iterable[str]) -> dict[str, int]:
    """The lanes of a domain and channel, made where they are missing: provider → lane id."""
    known = catalogue()
    Lane.objects.bulk_create(
        [
            Lane(
                workspace_id=domain.workspace_id,
                domain=domain,
                channel=channel,
                provider=key,
                rate_per_second=known[key].rate_per_second,
                max_connections=min(known[key].max_connections, channel.max_connections),
                messages_per_connection=known[key].messages_per_connection,
            )
            for key in providers
        ],
        ignore_conflicts=True,
    )
    rows = Lane.objects.filter(domain=domain, channel=channel).values_list("provider", "pk")
    return dict(rows)

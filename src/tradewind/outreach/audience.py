"""Who a campaign goes to, and whether we know yet who runs their mailboxes."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from tradewind.audience.models import Contact
from tradewind.ledger import planning
from tradewind.ledger.query import Query
from tradewind.ledger.words import Reason
from tradewind.outreach.models import Campaign
from tradewind.segments.audience import Audience

BATCH = 500
"""Domains asked of DNS at once: enough to keep the resolver busy, few enough that progress is seen."""

_FIRST = "SELECT min(a.id) FROM ({audience}) AS a (id)"
_DOMAINS_KNOWN = """
SELECT count(*) FILTER (WHERE d.name IS NOT NULL), count(*)
FROM (SELECT DISTINCT mail_domain FROM audience_contact WHERE id IN ({audience})) a
LEFT JOIN senders_maildomain d ON d.name = a.mail_domain
"""
_NEXT_DOMAINS = """
SELECT DISTINCT mail_domain FROM audience_contact
WHERE id IN ({audience}) AND mail_domain > %(outreach_after)s
ORDER BY mail_domain LIMIT %(outreach_batch)s
"""


@dataclass(frozen=True, slots=True)
class DomainsKnown:
    """How many of the mail domains of an audience have been looked up."""

    known: int
    total: int

    @property
    def complete(self) -> bool:
        return self.known >= self.total

    @property
    def missing(self) -> int:
        return self.total - self.known


def of(campaign: Campaign) -> Audience:
    """The audience as the campaign's lists describe it now."""
    return Audience(
        workspace_id=campaign.workspace_id,
        list_ids=sorted(campaign.lists.values_list("pk", flat=True)),
        excluded_list_ids=sorted(campaign.excluded_lists.values_list("pk", flat=True)),
    )


def first_reader(campaign: Campaign) -> Contact | None:
    """Somebody of the audience, to show what they would see; None when it is empty."""
    chosen = of(campaign)
    if not chosen.list_ids:
        return None
    query = chosen.query()
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.replace("{audience}", query.sql), query.params)
        found = cursor.fetchone()
    return Contact.objects.select_related("company").get(pk=found[0]) if found and found[0] else None


@dataclass(frozen=True, slots=True)
class SkippedReader:
    contact: Contact
    reason: Reason


def skipped(
    campaign: Campaign, reason: Reason | None = None, after: int = 0, size: int = 50
) -> list[SkippedReader]:
    """Who of the audience would not get the mail if it started now, and why: the people behind the numbers of the check."""
    chosen = of(campaign)
    found = planning.skipped_contacts(
        campaign.workspace_id, chosen.query(), list(chosen.list_ids), reason, after, size
    )
    rows = Contact.objects.select_related("company").in_bulk([one.contact_id for one in found])
    return [SkippedReader(rows[one.contact_id], one.reason) for one in found if one.contact_id in rows]


def skipped_count(campaign: Campaign, reason: Reason | None = None) -> int:
    """How many these are in all."""
    chosen = of(campaign)
    counts = planning.forecast(campaign.workspace_id, chosen.query(), list(chosen.list_ids)).skipped
    return sum(counts.values()) if reason is None else counts.get(reason, 0)


def domains_known(audience: Query) -> DomainsKnown:
    """Counted from rows, so that it is right whatever happened to the job that looks them up."""
    with connection.cursor() as cursor:
        cursor.execute(_DOMAINS_KNOWN.replace("{audience}", audience.sql), audience.params)
        known, total = cursor.fetchone()
    return DomainsKnown(known, total)


def mail_domains(audience: Query) -> Iterator[list[str]]:
    """The distinct mail domains of an audience, in batches of `BATCH`, in order of name."""
    after = ""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                _NEXT_DOMAINS.replace("{audience}", audience.sql),
                {**audience.params, "outreach_after": after, "outreach_batch": BATCH},
            )
            names = [name for (name,) in cursor.fetchall()]
        if not names:
            return
        yield names
        after = names[-1]

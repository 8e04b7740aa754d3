"""Where the mailboxes of a recipient domain live: MX hosts and provider, kept until the DNS says they may
have changed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from tradewind.core import clock, dns
from tradewind.core.dns import Answer, Status
from tradewind.senders.models import MailDomain
from tradewind.senders.models import MailDomainStatus as S
from tradewind.senders.providers import OTHER, catalogue, of_mx

Ask = Callable[[str, str], Awaitable[Answer]]

AT_ONCE = 20  # questions under way; a resolver of one's own takes far more, a public one would refuse them
BATCH = 200  # rows written together, so that a killed job loses little
LEAST, MOST = timedelta(hours=6), timedelta(days=7)  # bounds of what a TTL may say
AFTER_ERROR = timedelta(minutes=5)  # of mail time
AFTER_NOTHING = timedelta(days=1)  # a domain that does not exist today may be registered tomorrow


@dataclass(frozen=True, slots=True)
class Found:
    """What the DNS says about a domain's mail; hosts with their preference, the preferred first."""

    name: str
    status: S
    hosts: tuple[tuple[int, str], ...] = ()
    fresh_for: timedelta = AFTER_NOTHING

    @property
    def provider(self) -> str:
        key = of_mx(host for _, host in self.hosts)
        return key if key != OTHER else _by_domain().get(self.name, OTHER)


def _by_domain() -> dict[str, str]:
    return {domain: entry.key for entry in catalogue().values() for domain in entry.domains}


def _batches(names: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(dict.fromkeys(names))
    while batch := list(islice(rest, size)):
        yield batch


def missing(domains: Iterable[str]) -> Iterator[str]:
    """Those that are not known, or not known freshly, each once."""
    now = clock.now()
    for names in _batches(domains, 1000):
        fresh = MailDomain.objects.filter(pk__in=names, fresh_until__gt=now)
        known = set(fresh.values_list("pk", flat=True))
        yield from (name for name in names if name not in known)


def resolve(domains: Iterable[str], ask: Ask = dns.ask_async) -> None:
    """Ask the DNS about every one of these, and store what it says. Blocks; for jobs.

    A failure of the DNS is stored as ERROR, which the gate reads as "not yet known"; what was known
    before stays.
    """
    for names in _batches(domains, BATCH):
        _store(_run(look_up_all(names, ask)))


def _run(work: Awaitable[list[Found]]) -> list[Found]:
    async def main() -> list[Found]:
        return await work

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(main())
    with ThreadPoolExecutor(1) as pool:  # called from code that runs in a loop
        return pool.submit(asyncio.run, main()).result()


async def look_up_all(names: Iterable[str], ask: Ask = dns.ask_async) -> list[Found]:
    """The same answers without storing, at most AT_ONCE questions at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Found:
        async with slots:
            return await look_up(name, ask)

    return list(await asyncio.gather(*map(one, names)))


async def look_up(name: str, ask: Ask = dns.ask_async) -> Found:
    """RFC 5321 §5.1: MX, else the address of the domain itself; RFC 7505: a null MX takes no mail."""
    answer = await ask(name, "MX")
    if answer.status is Status.FOUND:
        return _of_mx(name, answer)
    if answer.status is Status.NXDOMAIN:
        return Found(name, S.NO_DOMAIN)
    if answer.status is Status.ERROR:
        return Found(name, S.ERROR)
    addresses = [await ask(name, kind) for kind in ("A", "AAAA")]
    if any(found.status is Status.FOUND for found in addresses):
        return Found(name, S.FOUND, ((0, name),), _bounded(max(found.ttl for found in addresses)))
    if any(not found.known for found in addresses):
        return Found(name, S.ERROR)
    return Found(name, S.NO_SERVER)


def _of_mx(name: str, answer: Answer) -> Found:
    hosts = tuple((mx.preference, mx.host) for mx in dns.mail_exchangers(answer) if mx.host)
    if not hosts:
        return Found(name, S.NULL_MX)
    return Found(name, S.FOUND, hosts, _bounded(answer.ttl))


def _bounded(ttl: int) -> timedelta:
    return min(MOST, max(LEAST, timedelta(seconds=ttl)))


def _store(found: list[Found]) -> None:
    now = clock.now()
    known = [one for one in found if one.status is not S.ERROR]
    MailDomain.objects.bulk_create(
        [_row(one, now) for one in known],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["status", "mx_hosts", "provider", "checked_at", "fresh_until"],
    )
    failed = [one for one in found if one.status is S.ERROR]
    # What was known keeps its hosts: mail servers seldom move while a resolver is down.
    MailDomain.objects.bulk_create(
        [_row(one, now) for one in failed],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["fresh_until"],
    )


def _row(found: Found, now: datetime) -> MailDomain:
    return MailDomain(
        name=found.name,
        status=found.status,
        mx_hosts=[list(host) for host in found.hosts],
        provider=found.provider,
        checked_at=now,
        fresh_until=clock.after(AFTER_ERROR.total_seconds())
        if found.status is S.ERROR
        else now + found.fresh_for,
    )

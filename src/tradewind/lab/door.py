"""What happens at a provider's door: recipients are looked at, a message is judged, filed and its story
begins.
"""

import email.utils
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tradewind.lab import dkim
from tradewind.lab.books import Books, Row
from tradewind.lab.boxes import Boxes
from tradewind.lab.dice import Dice
from tradewind.lab.habits import Desk
from tradewind.lab.internet import Internet
from tradewind.lab.names import split_address
from tradewind.lab.people import BoxState, People, Story
from tradewind.lab.providers import Provider, format_reply
from tradewind.lab.reputation import Reputations, Standing
from tradewind.lab.verify import Gate, Letterhead, Verdict, letterhead

_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_AUTH_REPLIES = {"both": "no_both", "dkim": "no_dkim", "ptr": "no_pointer", "dmarc-record": "no_dmarc"}


@dataclass(frozen=True)
class Envelope:
    """One mail transaction as the session has heard it."""

    ip: str
    helo: str
    sender: str
    recipients: tuple[str, ...]
    tls: bool
    host: str
    """The MX host that the client spoke to."""


@dataclass(frozen=True)
class Delivered:
    """An accepted letter, for those who play its story."""

    row: Row
    envelope: Envelope
    provider: Provider
    raw: bytes
    head: Letterhead
    story: Story


@dataclass
class Door:
    """The common part of all providers' servers."""

    dice: Dice
    internet: Internet
    people: People
    gate: Gate
    reputations: Reputations
    books: Books
    boxes: Boxes
    tell: Callable[[Delivered], None]
    """Is given every accepted letter."""
    _counter: int = field(default=0)

    def slots(
        self, desk: Desk, envelope: Envelope, recipient: str = "", from_domain: str = ""
    ) -> dict[str, str]:
        """What reply texts can name."""
        self._counter += 1
        return {
            "rcpt": recipient,
            "domain": recipient.rpartition("@")[2],
            "ip": envelope.ip,
            "helo": envelope.helo,
            "mx": envelope.host,
            "from_domain": from_domain or envelope.sender.rpartition("@")[2],
            "token": self.dice.token(14, "reply", desk.provider.key, self._counter),
            "stamp": str(int(time.time())),
            "number": str(10 + self._counter % 80),
        }

    def say(
        self, desk: Desk, name: str, envelope: Envelope, recipient: str = "", from_domain: str = ""
    ) -> str:
        """A reply of the desk's provider; a reply that the provider has no words for is its general
        refusal.
        """
        name = name if name in desk.provider.replies else "no_auth"
        return desk.provider.reply(name, self.slots(desk, envelope, recipient, from_domain))

    def recipient(self, desk: Desk, envelope: Envelope, address: str) -> str:
        """Answer to RCPT TO; 250 or the provider's refusal, which is entered in the books."""
        reply = self._recipient(desk, envelope, address)
        if reply[:1] != "2":
            self.books.attempt(address, envelope.sender, desk.provider.key, reply)
        return reply

    def _recipient(self, desk: Desk, envelope: Envelope, address: str) -> str:
        place = self.internet.place(split_address(address)[1])
        if place is None or place.provider != desk.provider.key:
            return self.say(desk, "relay", envelope, address)
        ordered = desk.ordered("rcpt", address)
        if ordered:
            return ordered
        if desk.greylisted(envelope.ip, envelope.sender, address):
            return self.say(desk, "greylist", envelope, address)
        state = self.people.state(address, desk.provider)
        standing = self.reputations.of(desk.provider.key, _domain_of(envelope))
        standing.recipients += 1
        if state is BoxState.UNKNOWN:
            standing.unknown += 1
            if desk.provider.unknown_at == "rcpt":
                return self.say(desk, "unknown", envelope, address)
        if state in (BoxState.DISABLED, BoxState.FULL):
            return self.say(desk, state.value, envelope, address)
        if desk.deferred(envelope.sender, address):
            return self.say(desk, "deferral", envelope, address)
        return "250 2.1.5 OK"

    def message(self, desk: Desk, envelope: Envelope, data: bytes) -> tuple[str, str]:
        """Answer to the final dot, and filed or lost when the connection is to be dropped instead of
        giving it.
        """
        drop = desk.ordered_drop(*envelope.recipients)
        if drop == "lost":
            return "", drop
        fields, body = dkim.split(data)
        head = letterhead(fields)
        verdict = self.gate.check(envelope.ip, envelope.helo, envelope.sender, fields, body, head)
        reply = self._refusal(desk, envelope, data, head, verdict)
        if not reply:
            reply = self.say(desk, "accepted", envelope, envelope.recipients[0], head.from_domain)
        for address in envelope.recipients:
            row = self.books.attempt(
                address, envelope.sender, desk.provider.key, reply, head.message_id or "-"
            )
            if reply[:1] == "2":
                self._accept(desk, envelope, address, row, data, (head, verdict, body))
        return reply, drop

    def _refusal(
        self, desk: Desk, envelope: Envelope, data: bytes, head: Letterhead, verdict: Verdict
    ) -> str:
        first = envelope.recipients[0]
        ordered = desk.ordered("data", *envelope.recipients)
        if ordered:
            return ordered
        if len(data) > desk.provider.size:
            return self.say(desk, "too_big", envelope, first, head.from_domain)
        if _BARE.search(data):
            return self.say(desk, "bare", envelope, first, head.from_domain)
        if not head.message_id:
            return self.say(desk, "no_message_id", envelope, first, head.from_domain)
        if head.from_count != 1 or not head.from_domain:
            return format_reply(
                "550 5.7.1 Message must have exactly one From header with one address (RFC 5322 3.6.2)"
            )
        standing = self.reputations.of(desk.provider.key, head.from_domain)
        word = auth_problem(desk.provider, verdict, standing)
        if word:
            return self.say(desk, word, envelope, first, head.from_domain)
        unknown = [a for a in envelope.recipients if self.people.state(a, desk.provider) is BoxState.UNKNOWN]
        if unknown and desk.provider.unknown_at == "data" and len(envelope.recipients) == 1:
            return self.say(desk, "unknown", envelope, first, head.from_domain)
        return ""

    def _accept(
        self,
        desk: Desk,
        envelope: Envelope,
        address: str,
        row: Row,
        data: bytes,
        judged: tuple[Letterhead, Verdict, bytes],
    ) -> None:
        head, verdict, _ = judged
        provider = desk.provider
        late = self.people.state(address, provider) in (BoxState.LATE, BoxState.UNKNOWN)
        ordinal = row.ordinal or self.books.next_ordinal(address)
        folder = "" if late else self._folder(desk, address, ordinal, judged)
        duplicate = row.accepted > 1
        self.books.note(
            row,
            ordinal=ordinal,
            folder=folder,
            subject=head.subject[:200],
            spf=verdict.spf,
            dkim=verdict.dkim,
            dmarc=verdict.dmarc,
        )
        if not late:
            raw = _trace(envelope, address, head, verdict) + data
            self.boxes.file(address, row.id, folder, raw, head.subject[:200], head.from_domain)
        if duplicate:
            return  # one person does not act twice upon two copies of one letter
        self.reputations.of(provider.key, head.from_domain).delivered += not late
        story = self.people.story(address, provider, ordinal, folder, late)
        self.tell(Delivered(row, envelope, provider, data, head, story))

    def _folder(
        self, desk: Desk, address: str, ordinal: int, judged: tuple[Letterhead, Verdict, bytes]
    ) -> str:
        head, verdict, body = judged
        laid_down = self.people.of(address).folder
        if laid_down:
            return laid_down
        if verdict.dmarc == "fail" and verdict.policy == "quarantine":
            return "spam"
        provider = desk.provider
        standing = self.reputations.of(provider.key, head.from_domain)
        bulk = standing.delivered >= provider.bulk_after and provider.one_click != "off"
        points = self.reputations.points(standing, verdict, head, body, bulk)
        spam = self.reputations.is_spam(points, provider.spam_threshold, address, ordinal)
        return "spam" if spam else "inbox"


def auth_problem(provider: Provider, verdict: Verdict, standing: Standing) -> str:
    """Name of the reply with which this provider refuses the sender; empty when it has nothing against it.

    What only bulk senders must have is asked of a domain after ``bulk_after`` letters.
    """
    bulk = standing.delivered >= provider.bulk_after
    failed = {
        "auth": verdict.spf != "pass" and verdict.dkim != "pass",
        "dkim": not verdict.aligned_dkim,
        "ptr": not verdict.pointer_ok,
        "dmarc": verdict.dmarc == "fail" and verdict.policy == "reject",
        "both": bulk and not (verdict.spf == "pass" and verdict.dkim == "pass" and verdict.dmarc != "fail"),
        "dmarc-record": bulk and not verdict.policy,
    }
    for need in ("ptr", "dmarc", "auth", "dkim", "both", "dmarc-record"):
        if need in provider.needs and failed[need]:
            return {"auth": "no_auth", "dmarc": "dmarc"}.get(need) or _AUTH_REPLIES[need]
    if provider.one_click == "reject" and bulk and not verdict.one_click:
        return "no_one_click"
    return ""


def _domain_of(envelope: Envelope) -> str:
    # At RCPT only the return path is known; its domain's parent usually is the From domain.
    domain = envelope.sender.rpartition("@")[2].lower()
    return domain.partition(".")[2] if domain.count(".") > 1 else domain


def _trace(envelope: Envelope, address: str, head: Letterhead, verdict: Verdict) -> bytes:
    protocol = "ESMTPS" if envelope.tls else "ESMTP"
    lines = (
        f"Return-Path: <{envelope.sender}>",
        f"Delivered-To: {address}",
        f"Received: from {envelope.helo} ([{envelope.ip}]) by {envelope.host} with {protocol}",
        f"\tfor <{address}>; {email.utils.formatdate()}",
        f"Authentication-Results: {verdict.header(envelope.host, envelope.sender)}",
    )
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", "replace")

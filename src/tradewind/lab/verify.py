"""What a provider knows about who sent a message: SPF, DKIM, DMARC (RFC 9989), reverse DNS, one-click
headers.
"""

import email.utils
import re
from dataclasses import dataclass

from tradewind.lab import dkim, spf
from tradewind.lab.names import organisational_domain
from tradewind.lab.zones import Zones

_FROM_ADDRESS = re.compile(rb"@([A-Za-z0-9.-]+)\s*>?\s*(?:\([^)]*\)\s*)?$")


@dataclass(frozen=True)
class Letterhead:
    """The header fields of a message that the lab looks at, unfolded; empty when absent."""

    message_id: str
    subject: str
    from_domain: str
    from_count: int
    unsubscribe: str
    unsubscribe_post: str
    auto_submitted: str


@dataclass(frozen=True)
class Verdict:
    """What verification found, in the words of RFC 8601."""

    spf: str
    dkim: str
    dmarc: str
    policy: str
    """Of the From domain's DMARC record: none, quarantine, reject; empty when there is no record."""
    dkim_domains: tuple[str, ...]
    aligned_dkim: bool
    pointer_ok: bool
    one_click: bool
    """Both RFC 8058 headers are there and signed by a signature that holds."""

    def header(self, host: str, sender: str) -> str:
        """The value of an Authentication-Results field."""
        domain = sender.rpartition("@")[2] or "none"
        signers = (
            "".join(f"; dkim={self.dkim} header.d={name}" for name in self.dkim_domains) or "; dkim=none"
        )
        return f"{host}; spf={self.spf} smtp.mailfrom={domain}{signers}; dmarc={self.dmarc}"


def letterhead(fields: list[dkim.Header]) -> Letterhead:
    """Read the fields of a message that matter at the door."""
    found: dict[bytes, bytes] = {}
    senders = 0
    for name, value in fields:
        key = name.strip().lower()
        senders += key == b"from"
        found.setdefault(key, value)

    def text(key: bytes) -> str:
        return re.sub(r"\r\n[ \t]+", " ", found.get(key, b"").decode("utf-8", "replace")).strip()

    match = _FROM_ADDRESS.search(found.get(b"from", b"").replace(b"\r\n", b" ").strip())
    domain = (
        match[1].decode().lower()
        if match
        else email.utils.parseaddr(text(b"from"))[1].rpartition("@")[2].lower()
    )
    return Letterhead(
        message_id=text(b"message-id").strip("<>"),
        subject=text(b"subject"),
        from_domain=domain,
        from_count=senders,
        unsubscribe=text(b"list-unsubscribe"),
        unsubscribe_post=text(b"list-unsubscribe-post"),
        auto_submitted=text(b"auto-submitted"),
    )


class Gate:
    """Runs all checks, keeping SPF, DMARC and reverse DNS answers until the zones change."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._dkim = dkim.Verifier(zones)
        self._kept: dict[tuple[str, ...], str] = {}
        self._policies: dict[str, Dmarc] = {}
        self._version = -1

    def check(
        self, ip: str, helo: str, sender: str, fields: list[dkim.Header], body: bytes, head: Letterhead
    ) -> Verdict:
        """Everything that verification can say about one message."""
        if self._version != self._zones.version:
            self._kept.clear()
            self._policies.clear()
            self._version = self._zones.version
        domain = head.from_domain
        spf_result, spf_domain = (
            self._spf(ip, helo, sender),
            sender.rpartition("@")[2].lower() or helo.lower(),
        )
        signatures = self._dkim.verify(fields, body)
        good = [signature for signature in signatures if signature.result == "pass"]
        wish = self._dmarc(domain)
        aligned_dkim = any(_aligned(signature.domain, domain, wish.strict_dkim) for signature in good)
        aligned = aligned_dkim or (spf_result == "pass" and _aligned(spf_domain, domain, wish.strict_spf))
        covered = {"list-unsubscribe", "list-unsubscribe-post"}
        return Verdict(
            spf=spf_result,
            dkim="pass" if good else (signatures[0].result if signatures else "none"),
            dmarc=("pass" if aligned else "fail") if wish.policy else "none",
            policy=wish.policy,
            dkim_domains=tuple(signature.domain for signature in (good or signatures)),
            aligned_dkim=aligned_dkim,
            pointer_ok=self.pointer_ok(ip),
            one_click=_one_click(head) and any(covered <= set(signature.signed) for signature in good),
        )

    def _spf(self, ip: str, helo: str, sender: str) -> str:
        domain = sender.rpartition("@")[2].lower()
        key = ("spf", ip, domain or helo.lower())
        if key not in self._kept:
            self._kept[key] = spf.check(self._zones, ip, sender, helo)
        return self._kept[key]

    def _dmarc(self, domain: str) -> "Dmarc":
        if domain not in self._policies:
            self._policies[domain] = dmarc_policy(self._zones, domain)
        return self._policies[domain]

    def pointer_ok(self, ip: str) -> bool:
        """Forward-confirmed reverse DNS."""
        key = ("ptr", ip)
        if key not in self._kept:
            name = self._zones.pointer(ip)
            self._kept[key] = "yes" if name and ip in self._zones.addresses(name) else "no"
        return self._kept[key] == "yes"


@dataclass(frozen=True)
class Dmarc:
    """The DMARC policy that holds for a From domain; ``policy`` is empty when no record was found."""

    policy: str = ""
    strict_dkim: bool = False
    strict_spf: bool = False


def dmarc_policy(zones: Zones, domain: str) -> Dmarc:
    """Look at the domain, then at its organisational domain, whose ``sp`` then counts first."""
    parent = organisational_domain(domain) if domain else ""
    for name in dict.fromkeys((domain, parent)):
        for text in zones.texts("_dmarc." + name) if name else ():
            tags = dict(part.partition("=")[::2] for part in text.replace(" ", "").lower().split(";"))
            if tags.get("v") == "dmarc1":
                policy = tags.get("p", "none")
                policy = policy if name == domain else tags.get("sp", policy)
                return Dmarc(policy, tags.get("adkim") == "s", tags.get("aspf") == "s")
    return Dmarc()


def _aligned(signer: str, domain: str, strict: bool) -> bool:
    if not signer or not domain:
        return False
    return signer == domain if strict else organisational_domain(signer) == organisational_domain(domain)


def _one_click(head: Letterhead) -> bool:
    has_url = bool(re.search(r"<https?://[^>]+>", head.unsubscribe, re.IGNORECASE))
    return has_url and head.unsubscribe_post.replace(" ", "").lower() == "list-unsubscribe=one-click"

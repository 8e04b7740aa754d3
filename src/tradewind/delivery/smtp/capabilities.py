"""What a server offers, read from its EHLO reply (RFC 5321 4.1.1.1). No I/O."""

from dataclasses import dataclass

from tradewind.delivery.smtp.replies import Reply


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Extensions that the client uses. `size_limit` is in octets; None means none was stated."""

    greeting_name: str = ""
    pipelining: bool = False
    eight_bit: bool = False
    smtputf8: bool = False
    starttls: bool = False
    chunking: bool = False
    enhanced_codes: bool = False
    requiretls: bool = False
    size_limit: int | None = None
    size: bool = False
    auth: frozenset[str] = frozenset()


NOTHING = Capabilities()
"""What may be assumed of a server that knows HELO only."""


def parse_ehlo(reply: Reply) -> Capabilities:
    """Capabilities of an EHLO reply. Unknown keywords are ignored, keywords count in any letter case."""
    words: dict[str, list[str]] = {}
    auth: set[str] = set()
    for line in reply.lines[1:]:
        # "AUTH=LOGIN" is the spelling of servers older than RFC 2554; some still send both lines.
        keyword, *rest = line.upper().replace("AUTH=", "AUTH ", 1).split() or [""]
        words[keyword] = rest
        if keyword == "AUTH":
            auth.update(rest)
    return Capabilities(
        greeting_name=reply.lines[0].split(" ")[0],
        pipelining="PIPELINING" in words,
        eight_bit="8BITMIME" in words,
        smtputf8="SMTPUTF8" in words,
        starttls="STARTTLS" in words,
        chunking="CHUNKING" in words,
        enhanced_codes="ENHANCEDSTATUSCODES" in words,
        requiretls="REQUIRETLS" in words,
        size="SIZE" in words,
        size_limit=_size_limit(words.get("SIZE", [])),
        auth=frozenset(auth),
    )


def _size_limit(words: list[str]) -> int | None:
    """RFC 1870: `SIZE 0` and a bare `SIZE` state no limit."""
    if not words or not words[0].isdigit() or len(words[0]) > 20:
        return None
    return int(words[0]) or None

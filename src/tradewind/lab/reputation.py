"""Inbox or spam folder: a small score, documented in docs/laboratory.md. A simulation, not any provider's
filter.
"""

import math
import re
from dataclasses import dataclass, field

from tradewind.lab.dice import Dice
from tradewind.lab.verify import Letterhead, Verdict

_SALES_WORDS = re.compile(
    rb"\b(free|winner|guarantee[d]?|cheap(?:est)?|lowest price|act now|limited offer|100%|click here|"
    rb"buy now|cash|bonus|urgent|risk[- ]free|earn money)\b",
    re.IGNORECASE,
)
_SHORTENERS = re.compile(rb"https?://(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|is\.gd)/", re.IGNORECASE)


@dataclass
class Standing:
    """What a provider remembers of one From domain."""

    delivered: int = 0
    complaints: int = 0
    recipients: int = 0
    unknown: int = 0

    @property
    def complaint_rate(self) -> float:
        """Complaints per delivered letter, with a grace for senders of whom little is known."""
        return self.complaints / (self.delivered + 200)

    @property
    def unknown_rate(self) -> float:
        """Unknown users per named recipient, with the same grace."""
        return self.unknown / (self.recipients + 100)


@dataclass
class Reputations:
    """Standings by provider and From domain."""

    dice: Dice
    noise: float
    _standings: dict[tuple[str, str], Standing] = field(default_factory=dict)

    def of(self, provider: str, domain: str) -> Standing:
        """What is remembered; a blank page for strangers."""
        return self._standings.setdefault((provider, domain), Standing())

    def clear(self) -> None:
        """Forget everything."""
        self._standings.clear()

    def listing(self) -> list[dict[str, object]]:
        """All standings, for the control interface."""
        return [
            {"provider": provider, "domain": domain, **vars(standing)}
            for (provider, domain), standing in sorted(self._standings.items())
        ]

    def points(
        self, standing: Standing, verdict: Verdict, head: Letterhead, body: bytes, wants_one_click: bool
    ) -> float:
        """Spam points without chance: higher is worse."""
        points = 0.0 if verdict.dkim == "pass" else 2.0
        points += 0.0 if verdict.spf == "pass" else 1.0
        points += {"pass": 0.0, "none": 0.7}.get(verdict.dmarc, 1.5)
        points += 2.5 if wants_one_click and not verdict.one_click else 0.0
        points += _band(standing.complaint_rate, ((0.005, 4.0), (0.003, 2.0), (0.0015, 0.8)))
        points += _band(standing.unknown_rate, ((0.15, 3.0), (0.08, 1.2), (0.05, 0.5)))
        return points + content_points(head.subject, body)

    def is_spam(self, points: float, threshold: float, address: str, ordinal: int) -> bool:
        """Points plus a chance share against the threshold; each point more makes spam about three times
        as likely.
        """
        chance = self.dice.share("folder", address, ordinal)
        return points + self.noise * -math.log(1 - chance) > threshold


def _band(rate: float, bands: tuple[tuple[float, float], ...]) -> float:
    return next((points for floor, points in bands if rate >= floor), 0.0)


def content_points(subject: str, body: bytes) -> float:
    """Points for shouting, sales words, shortened links and pictures without text."""
    letters = [char for char in subject if char.isalpha()]
    shouting = len(letters) >= 8 and sum(char.isupper() for char in letters) > 0.6 * len(letters)
    points = 1.2 if shouting else 0.0
    points += 0.8 if subject.count("!") + subject.count("！") >= 2 else 0.0
    text = subject.encode() + b"\n" + body[:40_000]
    points += min(0.5 * len({match.lower() for match in _SALES_WORDS.findall(text)}), 2.0)
    points += 1.0 if _SHORTENERS.search(text) else 0.0
    return points

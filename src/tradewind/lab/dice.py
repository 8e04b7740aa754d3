"""Decisions that come out the same for the same seed: no random generator, only a keyed hash of what is
decided about.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Answers questions by hashing the seed with the parts of the question.

    Nothing is consumed, so the order in which questions are asked does not matter: two runs that deliver the
    same letters in another order still decide the same about each of them.
    """

    def __init__(self, seed: int) -> None:
        self._key = str(seed).encode()[:64]

    def share(self, *parts: object) -> float:
        """A number in [0, 1), even over all questions."""
        text = "\x1f".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, digest_size=8, key=self._key).digest()
        return (int.from_bytes(digest, "big") >> 11) / (1 << 53)

    def chance(self, probability: float, *parts: object) -> bool:
        """True for about ``probability`` of all questions."""
        return self.share(*parts) < probability

    def number(self, below: int, *parts: object) -> int:
        """An integer from 0 to ``below`` - 1."""
        return int(self.share(*parts) * below)

    def pick(self, options: Sequence[T], *parts: object) -> T:
        """One of the options; each equally likely."""
        return options[self.number(len(options), *parts)]

    def weighted(self, weights: Mapping[str, float], *parts: object) -> str:
        """One key, as likely as its weight says. The weights need not add up to one."""
        point = self.share(*parts) * sum(weights.values())
        for name, weight in weights.items():
            point -= weight
            if point < 0:
                return name
        return list(weights)[-1]

    def delay(self, median: float, cap: float, *parts: object) -> float:
        """Seconds with a long tail to the right, never above ``cap``: half of all answers are below
        ``median``.
        """
        first = max(self.share("delay-a", *parts), 1e-12)
        second = self.share("delay-b", *parts)
        normal = math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)
        return min(median * math.exp(0.8 * normal), cap)

    def token(self, length: int, *parts: object) -> str:
        """Hexadecimal digits, for queue ids and the like."""
        text = "\x1f".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=32, key=self._key).hexdigest()[:length]

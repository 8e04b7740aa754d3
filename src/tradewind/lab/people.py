"""Who sits behind a box, and what comes of a letter there: decided from the seed and the address alone."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from tradewind.lab.behaviour import Behaviour
from tradewind.lab.dice import Dice
from tradewind.lab.names import split_address
from tradewind.lab.providers import Provider

_LANGUAGES = {
    "zh": "cn tw hk qq netease exmail",
    "de": "de at ch gmx webde",
    "es": "es mx ar cl co pe",
    "fr": "fr orange",
    "pt": "br pt",
    "ru": "ru kz yandex mailru",
}
_LANGUAGE_OF = {word: language for language, words in _LANGUAGES.items() for word in words.split()}
"""By the key of a provider or the last label of a domain."""


class BoxState(StrEnum):
    """What the provider does with mail for an address."""

    OK = "ok"
    UNKNOWN = "unknown"
    DISABLED = "disabled"
    FULL = "full"
    LATE = "late"
    """Accepted, and some time later a report says that it could not be delivered."""


class Ending(StrEnum):
    """What a reader does in the end."""

    NOTHING = "nothing"
    REPLY = "reply"
    COMPLAIN = "complain"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True)
class Traits:
    """What is laid down for one address instead of being decided by the seed; None leaves it to the seed."""

    state: BoxState | None = None
    opens: bool | None = None
    images: bool | None = None
    clicks: bool | None = None
    ending: Ending | None = None
    way: str | None = None
    auto_reply: bool | None = None
    prefetch: bool | None = None
    scanned: bool | None = None
    folder: str | None = None
    reply_kind: str | None = None
    language: str | None = None
    country: str | None = None
    password: str | None = None


class TraitError(ValueError):
    """Traits that no person can have; the text says which."""


_ALLOWED: Mapping[str, set[str]] = {
    "way": {"one-click", "page", "mailto"},
    "folder": {"inbox", "spam"},
    "reply_kind": {"interested", "price", "not_interested", "remove_me"},
}


def traits_from(values: Mapping[str, Any], base: Traits | None = None) -> Traits:
    """Traits from JSON values, upon what was laid down before. Raises TraitError for unknown names and
    values.
    """
    known = {item.name for item in fields(Traits)}
    merged: dict[str, Any] = {name: getattr(base, name) for name in known} if base else {}
    for name, value in values.items():
        if name not in known:
            raise TraitError(f"{name} is no trait; these are: {', '.join(sorted(known))}")
        merged[name] = _trait(name, value)
    return Traits(**merged)


def _trait(name: str, value: object) -> object:
    if value is None:
        return None
    if name in ("opens", "images", "clicks", "auto_reply", "prefetch", "scanned"):
        if not isinstance(value, bool):
            raise TraitError(f"{name} must be true, false or null")
        return value
    if not isinstance(value, str) or value not in _ALLOWED.get(name, {value}):
        raise TraitError(f"{name} must be one of {', '.join(sorted(_ALLOWED.get(name, {'a text'})))}")
    try:
        return BoxState(value) if name == "state" else Ending(value) if name == "ending" else value
    except ValueError as problem:
        raise TraitError(f"{name}: {problem}") from None


@dataclass(frozen=True)
class Story:
    """What will happen to one letter; times are lab seconds after its arrival, None is never."""

    late_report: float | None = None
    scan: float | None = None
    prefetch: float | None = None
    auto_reply: float | None = None
    opened: float | None = None
    images: bool = True
    clicks: int = 0
    click_after: float = 0.0
    ending: Ending = Ending.NOTHING
    ending_after: float = 0.0
    way: str = "page"
    reply_kind: str = "interested"


@dataclass
class People:
    """Everybody with a box, known beforehand or not."""

    dice: Dice
    behaviour: Behaviour
    now: Callable[[], float]
    traits: dict[str, Traits] = field(default_factory=dict)
    _full_since: dict[str, float] = field(default_factory=dict)

    def lay_down(self, address: str, values: Mapping[str, Any]) -> Traits:
        """Fix traits of one address; what was fixed before stays unless named again."""
        key = "@".join(split_address(address))
        self.traits[key] = traits_from(values, self.traits.get(key))
        return self.traits[key]

    def of(self, address: str) -> Traits:
        """What is laid down for an address."""
        return self.traits.get(address, _NOBODY)

    def state(self, address: str, provider: Provider, knock: bool = True) -> BoxState:
        """What the provider does with mail for this address now. Without ``knock`` it is only looked at: the
        owner of a full box is not moved to make room.
        """
        state = self.of(address).state or self._drawn_state(address, provider)
        if state is not BoxState.FULL or not (knock or address in self._full_since):
            return state
        return BoxState.OK if self._emptied(address) else state

    def _drawn_state(self, address: str, provider: Provider) -> BoxState:
        point = self.dice.share("box", address)
        for state, share in (
            (BoxState.UNKNOWN, provider.unknown_share),
            (BoxState.DISABLED, provider.disabled_share),
            (BoxState.FULL, provider.full_share),
            (BoxState.LATE, provider.late_share),
        ):
            point -= share
            if point < 0:
                return state
        return BoxState.OK

    def _emptied(self, address: str) -> bool:
        if self.of(address).state is BoxState.FULL or not self.dice.chance(
            self.behaviour.emptied, "emptied", address
        ):
            return False
        since = self._full_since.setdefault(address, self.now())
        return self.now() - since >= self.behaviour.emptied_after

    def language(self, address: str, provider: str) -> str:
        """The language in which this person writes."""
        suffix = address.rpartition(".")[2]
        return self.of(address).language or _LANGUAGE_OF.get(provider) or _LANGUAGE_OF.get(suffix, "en")

    def story(self, address: str, provider: Provider, ordinal: int, folder: str, late: bool) -> Story:
        """What becomes of the ``ordinal``-th letter to this address. The same question has the same answer
        for ever.
        """
        tell = _Teller(self.dice, self.behaviour, self.of(address), provider, address, ordinal)
        return tell.late() if late else tell.story(folder)


_NOBODY = Traits()


@dataclass(frozen=True)
class _Teller:
    dice: Dice
    behaviour: Behaviour
    traits: Traits
    provider: Provider
    address: str
    ordinal: int

    def _yes(self, laid_down: bool | None, probability: float, what: str, per_letter: bool = True) -> bool:
        if laid_down is not None:
            return laid_down
        return self.dice.chance(probability, what, self.address, self.ordinal if per_letter else 0)

    def _after(self, median: float, longest: float, what: str) -> float:
        return self.dice.delay(median, longest, what, self.address, self.ordinal)

    def late(self) -> Story:
        machines = self.behaviour.machines
        return Story(
            late_report=self._after(machines.late_report_delay, machines.late_report_longest, "late")
        )

    def story(self, folder: str) -> Story:
        reading, inbox = self.behaviour.reading, folder == "inbox"
        reads = self._yes(self.traits.opens, reading.open if inbox else reading.open_in_spam, "opens")
        ending = self._ending() if reads else Ending.NOTHING
        clicks = 0
        if reads and self._yes(self.traits.clicks, reading.click, "clicks"):
            clicks = 1 + self._yes(None, reading.second_click, "second click")
        endings = self.behaviour.endings
        return Story(
            scan=self._scan(),
            prefetch=self._prefetch() if inbox else None,
            auto_reply=self._auto_reply() if inbox else None,
            opened=self._after(reading.median_delay, reading.longest_delay, "open") if reads else None,
            images=self._yes(self.traits.images, 1 - reading.images_off, "images", per_letter=False),
            clicks=clicks,
            click_after=self._after(reading.click_delay, 600.0, "click"),
            ending=ending,
            ending_after=self._after(endings.median_delay, endings.longest_delay, "ending"),
            way=self.traits.way or self.dice.weighted(self.provider.buttons, "way", self.address),
            reply_kind=self.traits.reply_kind
            or self.dice.weighted(self.behaviour.replies, "reply", self.address, self.ordinal),
        )

    def _ending(self) -> Ending:
        if self.traits.ending is not None:
            return self.traits.ending
        endings = self.behaviour.endings
        point = self.dice.share("ending", self.address, self.ordinal)
        for ending, share in (
            (Ending.REPLY, endings.reply),
            (Ending.COMPLAIN, endings.complain),
            (Ending.UNSUBSCRIBE, endings.unsubscribe),
        ):
            point -= share
            if point < 0:
                return ending
        return Ending.NOTHING

    def _scan(self) -> float | None:
        domain = self.address.rpartition("@")[2]
        scanned = self.traits.scanned
        if scanned is None:
            # A gateway stands in front of a whole company, so the company decides, not the person.
            wanted = self.provider.scanner != "none"
            scanned = wanted and self.dice.chance(self.provider.scanner_share, "scanner", domain)
        machines = self.behaviour.machines
        return self._after(machines.scan_delay, machines.scan_longest, "scan") if scanned else None

    def _prefetch(self) -> float | None:
        if self.provider.proxy == "none":
            return None
        machines = self.behaviour.machines
        # A setting of the person's device, so it is the same for every letter.
        fetches = self._yes(self.traits.prefetch, self.provider.prefetch_share, "prefetch", per_letter=False)
        return (
            self._after(machines.prefetch_delay, machines.prefetch_longest, "prefetch") if fetches else None
        )

    def _auto_reply(self) -> float | None:
        machines = self.behaviour.machines
        away = self._yes(self.traits.auto_reply, machines.auto_reply, "away", per_letter=False)
        return self._after(machines.auto_reply_delay, 300.0, "away") if away else None


def read_csv(text: str) -> Iterable[dict[str, str]]:
    """Rows of a population file with a heading; the address is in the column ``email`` (any case). Others
    are skipped.
    """
    for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff"))):
        clean = {str(name or "").strip().lower(): str(value or "").strip() for name, value in row.items()}
        if "@" in clean.get("email", ""):
            yield clean

"""What people choose from: countries, time zones, languages, in their own language."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.models import Theme, UiLanguage
from tradewind.accounts.roles import Role

LANGUAGES = [(UiLanguage.ENGLISH.value, "English"), (UiLanguage.CHINESE.value, "简体中文")]
THEMES = [
    (Theme.AUTO.value, _("As my system")),
    (Theme.LIGHT.value, _("Light")),
    (Theme.DARK.value, _("Dark")),
]
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def countries_to_choose() -> list[tuple[str, str]]:
    """The same with nothing chosen at first: a wrong country is worse than a question."""
    return [("", "–"), *countries()]


def countries() -> list[tuple[str, str]]:
    """(ISO 3166-1 code, name), sorted as the viewer's language sorts."""
    return _countries(get_language() or "en")


@lru_cache(maxsize=8)
def _countries(language: str) -> list[tuple[str, str]]:
    names = Locale.parse("zh_Hans" if language.startswith("zh") else "en").territories
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code not in ("EU", "UN", "QO", "ZZ", "XA", "XB", "EZ")
    ]
    first = [pair for pair in found if pair[0] == "CN"] if language.startswith("zh") else []
    return first + sorted((pair for pair in found if pair not in first), key=_order(language))


def _order(language: str):  # type: ignore[no-untyped-def]
    # Pinyin order, as GB 2312 has it for the common characters; by code point it would be by radical.
    if language.startswith("zh"):
        return lambda pair: pair[1].encode("gb18030")
    return lambda pair: pair[1]


def zones() -> list[tuple[str, str]]:
    """(IANA name, "Asia/Shanghai (UTC+08:00)") of every zone people live in."""
    return _zones(datetime.now(UTC).toordinal())


@lru_cache(maxsize=2)
def _zones(_day: int) -> list[tuple[str, str]]:
    names = sorted(name for name in available_timezones() if name.split("/")[0] in REGIONS)
    return [("UTC", "UTC"), *((name, f"{name.replace('_', ' ')} (UTC{_offset(name)})") for name in names)]


def _offset(name: str) -> str:
    shown = datetime.now(ZoneInfo(name)).strftime("%z")
    return f"{shown[:3]}:{shown[3:]}"


def roles(given_by: Role) -> list[tuple[str, object]]:
    """The roles that somebody with role `given_by` may give."""
    return [(role.value, role.label) for role in Role if given_by.may_give(role)]

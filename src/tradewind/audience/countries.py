"""Countries and languages as people write them, in English and Chinese, made into codes (ISO 3166-1, BCP 47)."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.core import get_global

_ARTICLE = re.compile(r"^(the|republic of|kingdom of)\s+")


@cache
def _aliases() -> dict[str, dict[str, list[str]]]:
    text = (files("tradewind.audience") / "data" / "aliases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _key(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").casefold().split())


@cache
def _codes() -> frozenset[str]:
    """Every ISO 3166-1 alpha-2 code, and XK, which everybody uses."""
    names = [str(code) for code in Locale("en").territories]
    left_out = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}
    return frozenset(code for code in names if len(code) == 2 and code.isalpha() and code not in left_out)


@cache
def _by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("en", "zh", "zh_Hant"):
        for code, name in Locale.parse(language).territories.items():
            if code in _codes():
                found.setdefault(_key(name), code)
                found.setdefault(_key(name.replace("&", "and")), code)
    found |= {_key(name): code for code, names in _aliases()["countries"].items() for name in names}
    found |= {alias.casefold(): codes[0] for alias, codes in _three_letters().items() if codes[0] in _codes()}
    return found | {code.casefold(): code for code in _codes()}


def _three_letters() -> dict[str, list[str]]:
    """Alpha-3 codes, as CLDR's aliases of territories know them."""
    aliases: dict[str, list[str]] = dict(get_global("territory_aliases"))
    return {alias: codes for alias, codes in aliases.items() if len(alias) == 3 and alias.isalpha()}


def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country as people write it ("德国", "Germany", "DEU", "UK"); None if it is none."""
    key = _key(text).strip(" .")
    known = _by_name()
    return known.get(key) or known.get(_key(text)) or known.get(_ARTICLE.sub("", key))


def country_name(code: str, language: str = "en") -> str:
    """The name of a country for people; the code itself if it is unknown."""
    return str(Locale.parse(_cldr(language)).territories.get(code, code))


def all_countries(language: str) -> list[tuple[str, str]]:
    """(code, name) of every country, in the order of the names."""
    names = Locale.parse(_cldr(language)).territories
    return sorted(((code, str(names.get(code, code))) for code in _codes()), key=lambda pair: pair[1])


@cache
def _languages_by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for ui in ("en", "zh"):
        for code, name in Locale.parse(ui).languages.items():
            found.setdefault(_key(name), code.replace("_", "-"))
    return found | {_key(name): code for code, names in _aliases()["languages"].items() for name in names}


def language_code(text: str) -> str | None:
    """The BCP 47 tag of a language as people write it ("德语", "German", "pt_BR"); None if it is none."""
    key = _key(text).replace("_", "-")
    named = _languages_by_name().get(key) or _languages_by_name().get(_key(text))
    if named:
        return named
    parts = key.split("-")
    if parts[0] not in Locale("en").languages or len(parts) > 3 or not all(p.isalnum() for p in parts):
        return None
    return "-".join([parts[0], *(p.title() if len(p) == 4 else p.upper() for p in parts[1:])])


def language_name(tag: str, language: str = "en") -> str:
    """The name of a language for people; the tag itself if it is unknown."""
    names = Locale.parse(_cldr(language)).languages
    return str(names.get(tag.replace("-", "_")) or names.get(tag.split("-")[0]) or tag)


def _cldr(language: str) -> str:
    return "zh_Hans" if language.lower().startswith("zh") else "en"

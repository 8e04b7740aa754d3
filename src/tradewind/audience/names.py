"""Full names, taken apart as well as that can be done without asking the person."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from tradewind.audience.search import ALONE

_EAST_ASIAN = re.compile(rf"[{ALONE}·・]+").fullmatch
_MALE_OR_FEMALE = re.compile(r"^(mr|mrs|ms|miss|herr|frau|monsieur|madame|mme|sr|sra)\.?\s+", re.IGNORECASE)
_CHINESE_TITLE = re.compile(r"(先生|女士|小姐|老师|经理|总经理|总监|总)$")


@cache
def _listed(kind: str) -> frozenset[str]:
    text = (files("tradewind.audience") / "data" / "names.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)[kind])


def split_name(full: str) -> tuple[str, str]:
    """(first name, last name). "Schmidt, Anna", "Ludwig van Beethoven", 王伟, 欧阳娜娜 and 王先生 are understood."""
    text = _MALE_OR_FEMALE.sub("", " ".join(full.split()))
    if _EAST_ASIAN(text.replace(" ", "")):
        return _split_east_asian(text)
    if "," in text:
        last, _comma, first = text.partition(",")
        return first.strip(), last.strip()
    words = text.split()
    if len(words) < 2:
        return text, ""
    at = len(words) - 1
    while at > 1 and words[at - 1].lower() in _listed("particles"):
        at -= 1
    return " ".join(words[:at]), " ".join(words[at:])


def _split_east_asian(text: str) -> tuple[str, str]:
    family, blank, given = text.partition(" ")
    if blank:
        return given.replace(" ", ""), family
    titled = _CHINESE_TITLE.sub("", text)
    if titled and titled != text:
        text = titled
        if len(text) == 1:
            return "", text
    for length in (3, 2):
        if text[:length] in _listed("long_family_names") and len(text) > length:
            return text[length:], text[:length]
    return (text[1:], text[0]) if 2 <= len(text) <= 4 and "·" not in text else (text, "")

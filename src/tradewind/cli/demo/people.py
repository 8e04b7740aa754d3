"""The address book of the story: invented buyers, always the same for the same seed, as the CSV a sales office would keep."""

import csv
import random
import tomllib
from dataclasses import astuple, dataclass, fields
from importlib.resources import files
from itertools import count
from pathlib import Path

WORDS = (
    "Aurora",
    "Harbor",
    "Summit",
    "Atlas",
    "Orion",
    "Delta",
    "Nova",
    "Maple",
    "Cedar",
    "Pioneer",
    "Vista",
    "Polaris",
    "Meridian",
    "Sterling",
    "Falcon",
)
TRADES = (
    ("Garden", "Garden & outdoor"),
    ("Lighting", "Lighting"),
    ("Home", "Home & gifts"),
    ("Hotels", "Hospitality"),
    ("Events", "Events"),
    ("Trading", "Wholesale"),
)
SOURCES = ("Canton Fair 2026 spring", "Canton Fair 2025 autumn", "Website", "Referral", "Maison & Objet 2026")
TITLES = ("Buyer", "Head of Purchasing", "Owner", "Category Manager", "Import Manager", "")

# What every grown address book also holds. The import returns these as a file, each with its reason.
BROKEN = (
    "no address here",
    "anna@",
    "@example.com",
    "paul..lee@example.com",
    "two@at@example.com",
    "name with space@example.com",
    "info@localhost",
    "buyer@exa mple.com",
    "",
    "kim@-bad-.com",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file; the names of the fields are its headings."""

    email: str
    first_name: str
    last_name: str
    company: str
    job_title: str
    country: str
    language: str
    industry: str
    source: str


def rows(people: int, seed: int = 7) -> list[Row]:
    """`people` buyers with different addresses, over all countries of people.toml in turn."""
    dice = random.Random(seed)  # noqa: S311 - a story, not a secret
    world = tomllib.loads((files(__package__) / "people.toml").read_text(encoding="utf-8"))
    codes = sorted(world)
    number = count(1)
    return [
        _row(dice, code, world[code], next(number)) for code in (codes * (people // len(codes) + 1))[:people]
    ]


def _row(dice: random.Random, code: str, land: dict[str, list[str]], number: int) -> Row:
    word, (trade, industry) = dice.choice(WORDS), dice.choice(TRADES)
    company = f"{word} {trade} {code}"
    if dice.random() < 0.4:
        email = f"{word.lower()}.{trade.lower()}{number}@{dice.choice(land['free'])}"
    else:
        email = f"{dice.choice(['purchasing', 'import', 'sales', 'office'])}{number}@{word}-{trade}.{land['tld']}".lower()
    return Row(
        email,
        dice.choice(land["given"]),
        dice.choice(land["family"]) if dice.random() < 0.9 else "",
        company if dice.random() < 0.9 else "",
        dice.choice(TITLES),
        code,
        str(land["language"]),
        industry,
        dice.choice(SOURCES),
    )


def write(path: Path, people: int, seed: int = 7) -> None:
    """The file: the buyers, some of them twice, and the broken lines in between."""
    lines = [astuple(row) for row in rows(people, seed)]
    lines += [astuple(Row(bad, "Mo", "", "", "", "US", "en", "", "Website")) for bad in BROKEN]
    lines += lines[: max(1, people // 250)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Row)])
        writer.writerows(lines)

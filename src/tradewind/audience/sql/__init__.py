"""Statements of the audience, one file each; the first line of each says what it does."""

from functools import cache
from importlib.resources import files


@cache
def sql(name: str) -> str:
    """The text of `<name>.sql`."""
    return (files(__name__) / f"{name}.sql").read_text(encoding="utf-8")

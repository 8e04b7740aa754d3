"""Named statements of this room, one file each."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def statement(name: str) -> LiteralString:
    """The text of `name`.sql. Files are ours, so the text counts as literal."""
    return (files(__package__) / f"{name}.sql").read_text(encoding="utf-8")

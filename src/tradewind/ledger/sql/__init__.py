"""Named statements of the ledger, one file each. `{gate}` in a statement is replaced by the one gate fragment."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def statement(name: str) -> LiteralString:
    """The text of `name`.sql with the gate filled in. Files are ours, so the text counts as literal."""
    text = (files(__package__) / f"{name}.sql").read_text(encoding="utf-8")
    if "{gate}" in text:
        text = text.replace("{gate}", (files(__package__) / "gate.sql").read_text(encoding="utf-8"))
    return text

"""A set of contacts, as SQL: how rooms tell the ledger whom a message is for without fetching anybody."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Query:
    """`sql` selects one column of contact ids, each once, of one workspace; `params` are its named parameters.

    Parameter names are prefixed by their author (`audience_…`), since the ledger puts the text inside its own statements.
    """

    sql: str
    params: dict[str, Any] = field(default_factory=dict)

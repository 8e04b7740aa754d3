"""All that is wrong with a template, found before it is sent. The rules are the modules of
`content.rules`."""

from collections.abc import Callable, Collection, Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from tradewind.content import rules
from tradewind.content.draft import Draft
from tradewind.content.findings import Finding, Level, Part
from tradewind.content.models import Template

__all__ = ["Finding", "Level", "Part", "blocks", "findings"]

Rule = Callable[[Draft], Iterable[Finding]]


@cache
def _rules() -> tuple[Rule, ...]:
    names = sorted(module.name for module in iter_modules(rules.__path__))
    return tuple(import_module(f"{rules.__name__}.{name}").check for name in names)


def findings(template: Template, custom_keys: Collection[str] | None = None) -> list[Finding]:
    """What to know about this template, the worst first. Reads and writes no database.

    With `custom_keys`, the names of the workspace's own contact fields, a field that no contact has is
    found as well.
    """
    draft = Draft(template, custom_keys)
    _rendered = draft.rendered  # fills draft.problems
    found = [*draft.problems, *(finding for rule in _rules() for finding in rule(draft))]
    order, parts = list(Level), list(Part)
    unique = dict.fromkeys(found)
    return sorted(unique, key=lambda f: (order.index(f.level), parts.index(f.part), f.line or 0))


def blocks(template: Template) -> bool:
    """Whether this template cannot be sent."""
    return any(finding.level is Level.BLOCKS for finding in findings(template))

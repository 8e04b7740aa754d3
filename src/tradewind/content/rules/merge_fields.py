"""Names that do not exist, and values that many contacts do not have."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from tradewind.content import liquid
from tradewind.content.draft import Draft
from tradewind.content.fields import ALWAYS_FILLED, CUSTOM, MERGE_FIELDS, is_known, nearest
from tradewind.content.findings import Finding, Level, Part

_OUTPUT = re.compile(r"\{\{-?\s*(?P<name>[A-Za-z_][\w.]*)\s*(?P<filters>\|.*?)?-?\}\}", re.DOTALL)


def check(draft: Draft) -> Iterator[Finding]:
    for part, template in draft.parsed.items():
        source = draft.sources[part]
        for use in liquid.used(template, source):
            yield from _unknown(draft, part, use)
        yield from _without_default(part, source)


def _unknown(draft: Draft, part: Part, use: liquid.Used) -> Iterator[Finding]:
    if is_known(use.path, draft.custom_keys):
        return
    close = nearest(use.path, draft.custom_keys)
    mend = (
        _("Did you mean {{ %(name)s }}?") % {"name": close} if close else _("Choose a field from the list.")
    )
    level, sentence = Level.BLOCKS, _("There is no merge field “%(name)s”.")
    if use.path[0] == CUSTOM and len(use.path) == 2:
        level, sentence = (
            Level.MEND,
            _("No contact has the field “%(name)s”: it would be empty for everybody."),
        )
    yield Finding(
        level, "unknown_field", sentence % {"name": use.name}, part, use.line, f"{{{{ {use.name} }}}}", mend
    )


def _without_default(part: Part, source: str) -> Iterator[Finding]:
    seen = set()
    for found in _OUTPUT.finditer(source):
        name = found["name"]
        known = name in MERGE_FIELDS or name.startswith(f"{CUSTOM}.")
        if not known or name in ALWAYS_FILLED or name in seen or "default" in (found["filters"] or ""):
            continue
        if re.search(rf"\{{%-?\s*(if|elsif|unless|case)\b[^%]*\b{re.escape(name)}\b", source):
            continue  # the author has thought of it
        seen.add(name)
        line = source.count("\n", 0, found.start()) + 1
        sentence = _("“%(name)s” has no value for contacts where it is empty.") % {"name": name}
        mend = _('Add one: {{ %(name)s | default: "…" }}') % {"name": name}
        yield Finding(Level.MEND, "no_default", sentence, part, line, found[0], mend)

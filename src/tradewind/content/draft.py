"""What lint rules look at: a template, its sources, and, when it compiles, the mail that a sample contact
would get."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from liquid import BoundTemplate
from liquid.exceptions import LiquidError
from selectolax.lexbor import LexborHTMLParser

from tradewind.content import liquid
from tradewind.content.compile import Compiled, compile_template, sources
from tradewind.content.fields import samples
from tradewind.content.findings import Finding, Part
from tradewind.content.models import Template
from tradewind.content.preview import CannotPreview, Rendered, render


@dataclass
class Draft:
    """`custom_keys`: the names of the workspace's own contact fields; None: not known, any is believed."""

    template: Template
    custom_keys: Collection[str] | None = None
    problems: list[Finding] = field(default_factory=list)  # why it cannot be compiled or rendered

    @cached_property
    def sources(self) -> dict[Part, str]:
        return sources(self.template)

    @cached_property
    def parsed(self) -> dict[Part, BoundTemplate]:
        """The parts whose Liquid can be read."""
        found = {}
        for part, source in self.sources.items():
            try:
                found[part] = liquid.parse(source, html=part is Part.MJML)
            except LiquidError:
                continue
        return found

    @cached_property
    def compiled(self) -> Compiled | None:
        made = compile_template(self.template)
        if isinstance(made, list):
            self.problems += made
            return None
        return made

    @cached_property
    def rendered(self) -> Rendered | None:
        """The mail for an invented contact."""
        if self.compiled is None:
            return None
        try:
            return render(self.compiled, samples())
        except CannotPreview as error:
            self.problems += error.findings
            return None

    @cached_property
    def tree(self) -> LexborHTMLParser | None:
        return LexborHTMLParser(self.rendered.html) if self.rendered else None

    def line_of(self, needle: str, part: Part = Part.MJML) -> int | None:
        """The line of the source where `needle` first stands."""
        source = self.sources[part]
        index = source.find(needle) if needle else -1
        return source.count("\n", 0, index) + 1 if index >= 0 else None

"""The one template language that users can write: Liquid, with bounds.

There are no files to include, no unlimited loops and no way to mark a contact's data as safe HTML. What a
template may use is a list of tags and filters below, not everything that the library happens to bring.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment, Expression, Mode, Node, TokenStream, Undefined
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.context import RenderContext
from liquid.exceptions import (
    FilterArgumentError,
    LiquidError,
    LiquidSyntaxError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
)

MAX_SOURCE = 400_000  # characters of one template source
MAX_OUTPUT = 1_000_000  # bytes of one rendered part
MAX_LOOPS = 30  # {% for %} tags of one source
MAX_ROUNDS = 1_000  # iterations of one loop, and of nested loops multiplied
MAX_TEXT = 100_000  # characters that one filter may make
MAX_NUMBER = 10**15


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The last three are the library's names for text, {{ }} and what it cannot read.
TAGS = _words("""
    # assign break capture case comment continue cycle echo for if raw unless
    content output illegal
    """)
FILTERS = _words("""
    abs append at_least at_most capitalize ceil date default divided_by downcase escape escape_once first
    floor join last lstrip minus modulo newline_to_br plus prepend remove remove_first remove_last replace
    replace_first replace_last reverse round rstrip size slice sort split squish strip times truncate
    truncatewords uniq upcase url_decode url_encode
    """)


class BoundedIterable(Expression):
    """What a loop goes over, refused before a huge range is made into a list."""

    __slots__ = ("inner",)

    def __init__(self, inner: Expression) -> None:
        super().__init__(inner.token)
        self.inner = inner

    def __str__(self) -> str:
        return str(self.inner)

    def evaluate(self, context: RenderContext) -> object:
        value = self.inner.evaluate(context)
        if _is_long(value):
            raise LoopIterationLimitError("loop iteration limit reached", token=self.token)
        return value

    def children(self) -> Sequence[Expression]:
        return [self.inner]


class BoundedForTag(ForTag):
    """`{% for %}` over at most MAX_ROUNDS items."""

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        if isinstance(node, ForNode):
            node.expression.iterable = BoundedIterable(node.expression.iterable)
        return node


class MailEnvironment(Environment):
    """Liquid for mails. Same template and values give the same text: there is no clock and no chance in
    it."""

    block_nesting_limit: ClassVar[int] = 20
    context_depth_limit: ClassVar[int] = 25
    loop_iteration_limit: ClassVar[int | None] = MAX_ROUNDS
    local_namespace_limit: ClassVar[int | None] = 4 * MAX_TEXT
    output_stream_limit: ClassVar[int | None] = MAX_OUTPUT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        self.add_tag(BoundedForTag)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = {name: _guarded(name, made) for name, made in self.filters.items() if name in FILTERS}

    def _parse(self, source: str) -> list[Node]:
        if len(source) > MAX_SOURCE:
            raise LiquidSyntaxError("template too long", token=None)
        nodes = super()._parse(source)
        if sum(1 for name, _value in _tags(source) if name == "for") > MAX_LOOPS:
            raise LiquidSyntaxError("too many loops", token=None)
        return nodes


def _tags(source: str) -> list[tuple[str, str]]:
    tokens = environment(html=False).tokenizer()(source)
    return [(token.value, token.kind) for token in tokens if token.kind == "tag"]


def _is_long(value: object) -> bool:
    try:
        return isinstance(value, range | list | tuple | dict) and len(value) > MAX_ROUNDS
    except OverflowError:  # a range with more items than a machine word can count
        return True


def _guarded(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
    """The filter `made`, refusing arguments and results out of all proportion before they cost memory or
    time."""

    @wraps(made)
    def guarded(*values: Any, **named: Any) -> Any:
        for value in values:
            if _is_long(value):
                raise LoopIterationLimitError("loop iteration limit reached", token=None)
            if isinstance(value, int | float) and abs(value) > MAX_NUMBER:
                raise FilterArgumentError("number out of bounds", token=None)
        if sum(len(value) for value in values if isinstance(value, str)) > MAX_TEXT or _multiplies(
            name, values
        ):
            raise OutputStreamLimitError("text too long", token=None)
        if name == "date":
            _check_date(*values)
        result = made(*values, **named)
        if isinstance(result, str) and len(result) > MAX_TEXT:
            raise OutputStreamLimitError("text too long", token=None)
        return result

    return guarded


def _multiplies(name: str, values: tuple[Any, ...]) -> bool:
    if name.startswith("replace") and len(values) > 2:
        return (len(str(values[0])) + 1) * len(str(values[2])) > 10 * MAX_TEXT
    if name == "join" and isinstance(values[0], list | tuple):
        between = len(str(values[1])) if len(values) > 1 else 1
        return sum(len(str(item)) + between for item in values[0]) > MAX_TEXT
    return False


def _check_date(*values: Any) -> None:
    if values and values[0] in ("now", "today"):
        raise FilterArgumentError("no clock in a mail", token=None)
    if len(values) > 1 and (len(str(values[1])) > 100 or any(c.isdigit() for c in str(values[1]))):
        raise FilterArgumentError("date format out of bounds", token=None)


@cache
def environment(*, html: bool = True) -> Environment:
    """The environment for HTML (values are escaped) or, with `html=False`, for subjects and plain text
    (they are not).

    Rendering is lenient (a name that is not there is empty, so that `default` works): unknown names are
    found before, by `content.lint`. Raises `liquid.exceptions.LiquidError` when parsing or rendering; see
    `explain`.
    """
    return MailEnvironment(autoescape=html, tolerance=Mode.STRICT, undefined=Undefined, strict_filters=True)


@dataclass(frozen=True, slots=True)
class Used:
    """A merge field that a source uses: its path ("custom.size" is ("custom", "size")) and its line, from
    1."""

    path: tuple[str, ...]
    line: int

    @property
    def name(self) -> str:
        return ".".join(self.path)


def parse(source: str, *, html: bool = True) -> BoundTemplate:
    """The template; raises LiquidError."""
    return environment(html=html).from_string(source)


def used(template: BoundTemplate, source: str) -> list[Used]:
    """Every use of a name that the template does not define itself, in order of appearance."""
    found = [
        (variable.span.index, tuple(str(segment) for segment in variable.segments))
        for uses in template.analyze(include_partials=False).globals.values()
        for variable in uses
    ]
    return [Used(path, source.count("\n", 0, max(index, 0)) + 1) for index, path in sorted(found)]


def explain(error: LiquidError) -> str:
    """What went wrong, in a sentence for a marketer."""
    if isinstance(error, LoopIterationLimitError):
        return _("A loop runs more than %(count)s times. Give it an end that is nearer.") % {
            "count": MAX_ROUNDS
        }
    if isinstance(error, OutputStreamLimitError | LocalNamespaceLimitError):
        return _(
            "The template makes more text than a mail can hold. Look at its loops and repeated “append”."
        )
    known = _known_sentences().get(str(error.message))
    if known:
        return known
    return _("Liquid does not understand this: %(detail)s") % {"detail": str(error.message).rstrip(".")}


def _known_sentences() -> dict[str, str]:
    return {
        "no clock in a mail": _(
            "“now” and “today” cannot be used: a mail must look the same whenever it is composed again."
        ),
        "template too long": _("The template is too long: %(count)s characters at most.")
        % {"count": MAX_SOURCE},
        "too many loops": _("The template has more than %(count)s loops.") % {"count": MAX_LOOPS},
        "number out of bounds": _("A number in a calculation is too large."),
        "date format out of bounds": _(
            "The date format is too long or has digits in it. Write it like “%%d %%B %%Y”."
        )
        % {},
    }


def line_of(error: LiquidError) -> int | None:
    """The line of the source where it went wrong, from 1, if the library knows it."""
    if error.token is None or error.token.start_index < 0:
        return None
    return error.token.source.count("\n", 0, error.token.start_index) + 1

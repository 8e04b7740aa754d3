"""One Liquid source, compiled: static pieces that are encoded now, slots that are rendered per recipient."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from liquid import BoundTemplate, Environment, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.output import OutputNode
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, LiquidInterrupt, StopRender
from liquid.output import LimitedStringIO

from tradewind.delivery.compile.encode import (
    SOFT_BREAK,
    Encoding,
    base64_lines,
    choose,
    end_column,
    quoted_printable,
)
from tradewind.delivery.compile.links import MARKS

MAX_OUTPUT = 1_000_000
"""Octets that one part may render to."""

Address = Callable[[int | None], str]
"""From a link's id to its URL for this recipient; None asks for the open pixel's."""

_BREAKS = re.compile("\r\n?")


class CannotCompose(Exception):
    """The template does not render with these values. The text says why; the message must not be sent."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A slot for a tracking URL."""

    link_id: int | None


Slot = Mark | Node
Piece = str | Slot


class Source:
    """A Liquid source split into text and slots."""

    def __init__(self, environment: Environment, source: str) -> None:
        """`source` is cleaned and marked already (see `links`). Raises `CannotCompose`."""
        try:
            self._template: BoundTemplate = environment.from_string(source)
        except LiquidError as error:
            raise CannotCompose(f"template cannot be read: {error}") from error
        self.pieces = tuple(_pieces(self._template.nodes))
        self.static_text = "".join(piece for piece in self.pieces if isinstance(piece, str))

    def slots(self, values: Mapping[str, object], address: Address) -> list[str]:
        """The text of each slot, in order. Raises `CannotCompose`."""
        context = self._template.context_class(self._template, globals=values)
        found = []
        for piece in self.pieces:
            if isinstance(piece, Mark):
                found.append(address(piece.link_id))
            elif not isinstance(piece, str):
                found.append(_rendered(piece, context, address))
        return found

    def text(self, values: Mapping[str, object], address: Address) -> str:
        """The whole text."""
        slots = iter(self.slots(values, address))
        return "".join([piece if isinstance(piece, str) else next(slots) for piece in self.pieces])


def _pieces(nodes: Sequence[Node]) -> list[Piece]:
    found: list[Piece] = []
    for node in nodes:
        if not isinstance(node, ContentNode):
            found.append(node)
            continue
        at = 0
        for mark in MARKS.finditer(node.text):
            _add_text(found, node.text[at : mark.start()])
            found.append(Mark(int(mark[1]) if mark[1] else None))
            at = mark.end()
        _add_text(found, node.text[at:])
    return found


def _add_text(found: list[Piece], text: str) -> None:
    if not text:
        return
    if found and isinstance(found[-1], str):
        found[-1] += text
    else:
        found.append(text)


def _rendered(node: Node, context: RenderContext, address: Address) -> str:
    # Loops can make endless text; a plain field cannot, and needs no counting.
    buffer = io.StringIO() if isinstance(node, OutputNode) else LimitedStringIO(MAX_OUTPUT)
    try:
        node.render(context, buffer)
    except (LiquidInterrupt, StopRender):
        pass
    except (LiquidError, ArithmeticError, RecursionError) as error:
        raise CannotCompose(f"template does not render: {error}") from error
    text = buffer.getvalue()
    if "\r" in text:
        text = _BREAKS.sub("\n", text)
    if "\x01" in text:
        text = MARKS.sub(lambda found: address(int(found[1]) if found[1] else None), text)
    return text


class Part:
    """A body part: fills to its encoded octets, CRLF line ends, lines of at most 76."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.encoding = choose(source.static_text)
        self._fixed: list[bytes] = []
        self._columns: list[int] = []
        if self.encoding is Encoding.QUOTED_PRINTABLE:
            self._encode_static()

    def _encode_static(self) -> None:
        """`_fixed` has one element more than there are slots; `_columns` says where each slot begins."""
        current = b""
        for n, piece in enumerate(self.source.pieces):
            if isinstance(piece, str):
                # A line end right after a slot ends the line by itself; else a soft break does.
                current = b"" if n == 0 or piece.startswith("\n") else SOFT_BREAK
                current += quoted_printable(piece)
            else:
                if n > 0 and not isinstance(self.source.pieces[n - 1], str):
                    current = SOFT_BREAK
                self._fixed.append(current)
                self._columns.append(end_column(current))
                current = b""
        self._fixed.append(current)

    def fill(self, values: Mapping[str, object], address: Address) -> bytes:
        """The encoded part for one recipient. Raises `CannotCompose`."""
        if self.encoding is Encoding.BASE64:
            text = self.source.text(values, address).replace("\n", "\r\n")
            return base64_lines(text.encode("utf-8", "replace"))
        slots = self.source.slots(values, address)
        out = [self._fixed[0]]
        for text, column, fixed in zip(slots, self._columns, self._fixed[1:], strict=True):
            out.append(quoted_printable(text, column))
            out.append(fixed)
        return b"".join(out)

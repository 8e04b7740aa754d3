"""A whole template, compiled: subject and a multipart/alternative body."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from liquid import Environment

from tradewind.delivery.compile.links import Link, Links, add_pixel, cleaned, mark_html, mark_text
from tradewind.delivery.compile.parts import Address, CannotCompose, Part, Source

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Sources:
    """What is compiled: three Liquid sources. The HTML has its CSS inlined and its preheader inside."""

    subject: str
    html: str
    text: str


class CompiledTemplate:
    """A template version, ready to be filled. With `tracked`, links and opens carry tracking URLs."""

    def __init__(
        self,
        sources: Sources,
        *,
        plain: Environment,
        rich: Environment,
        links: Iterable[Link] = (),
        tracked: bool = True,
    ) -> None:
        """`plain` renders subject and text, `rich` the HTML (it escapes values). Raises `CannotCompose`."""
        rows = Links(links if tracked else ())
        html = mark_html(cleaned(sources.html), rows)
        text = mark_text(cleaned(sources.text), rows)
        self._subject = Source(plain, cleaned(sources.subject))
        self._parts = [
            _with_head("text/plain", Part(Source(plain, text))),
            _with_head("text/html", Part(Source(rich, add_pixel(html) if tracked else html))),
        ]
        everything = "\0".join((sources.subject, sources.html, sources.text))
        digest = hashlib.sha256(everything.encode("utf-8", "replace"))
        # "=_" can be in neither encoding, so no body can contain the boundary (RFC 2045 6.7).
        self.boundary = f"=_tw_{digest.hexdigest()[:24]}"
        self.content_type = f'multipart/alternative; boundary="{self.boundary}"'

    def subject(self, values: Mapping[str, object]) -> str:
        """The subject for one recipient, on one line. Raises `CannotCompose`."""
        return " ".join(self._subject.text(values, _no_address).split())

    def body(self, values: Mapping[str, object], address: Address) -> bytes:
        """The MIME body for one recipient: CRLF, 7-bit, in DKIM's relaxed form already.

        Raises `CannotCompose`.
        """
        opening = b"--" + self.boundary.encode()
        pieces = []
        for head, part in self._parts:
            pieces += [opening, b"\r\n", head, part.fill(values, address), b"\r\n"]
        return b"".join([*pieces, opening, b"--\r\n"])


def _with_head(content_type: str, part: Part) -> tuple[bytes, Part]:
    head = (
        f"Content-Type: {content_type}; charset=utf-8\r\nContent-Transfer-Encoding: {part.encoding}\r\n\r\n"
    )
    return head.encode(), part


def _no_address(link_id: int | None) -> str:
    raise CannotCompose("a subject cannot have links")


def clean_values(values: Mapping[str, object]) -> dict[str, object]:
    """Merge values without control characters; nested mappings and lists too. Line ends become LF."""
    return {key: _clean(value) for key, value in values.items()}


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value if value.isprintable() else clean_text(value)
    if isinstance(value, Mapping):
        return clean_values(value)
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def clean_text(text: str) -> str:
    """`text` without control characters, tabs as spaces, line ends as LF, no lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROLS.sub("", text).encode("utf-8", "replace").decode()

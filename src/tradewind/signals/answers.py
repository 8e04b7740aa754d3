"""What the edge answers: a status, headers, a body."""

from dataclasses import dataclass

# A transparent GIF of one pixel, 43 bytes.
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")
COMMON = (
    ("cache-control", "no-store, private"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex, nofollow"),
)
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def gif() -> Answer:
    return Answer(200, (("content-type", "image/gif"), *COMMON), PIXEL)


def plain(text: str, status: int = 200) -> Answer:
    return Answer(status, (("content-type", "text/plain; charset=utf-8"), *COMMON), text.encode())


def redirect(target: str) -> Answer:
    """302, so that no browser remembers it and every click is seen."""
    return Answer(302, (("location", target), *COMMON), b"")


def page(html: str, language: str, status: int = 200) -> Answer:
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-language", language),
        ("content-security-policy", PAGE_POLICY),
        ("vary", "accept-language"),
        *COMMON,
    )
    return Answer(status, headers, html.encode())

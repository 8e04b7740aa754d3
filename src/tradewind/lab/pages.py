"""Pages on which a person can look into the lab's mailboxes."""

import email
import email.policy
import html
import urllib.parse
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path

from tradewind.lab.boxes import Letter
from tradewind.lab.lab import Lab

_STYLE = (Path(__file__).parent / "pages.css").read_text("utf-8")
_PER_PAGE = 200
_DEEDS = (
    "read",
    "opened_human",
    "opened_machine",
    "clicked_human",
    "clicked_machine",
    "replied",
    "auto_replied",
    "pressed_spam",
    "complaint_sent",
)


def render(lab: Lab, path: str, query: dict[str, str]) -> str | None:
    """The page of a path, or None when there is none."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return _home(lab, query)
    if parts[0] == "box" and len(parts) == 2:
        return _box(lab, parts[1])
    if parts[0] == "box" and len(parts) == 3 and parts[2].isdigit():
        return _letter(lab, parts[1], int(parts[2]))
    return None


def raw(lab: Lab, path: str) -> bytes:
    """The octets of a letter: /raw/<address>/<number>. Empty when it is not there."""
    parts = path.split("/")
    letters = lab.boxes.letters(parts[2]) if len(parts) == 4 else []
    wanted = [letter for letter in letters if parts[3] == str(letter.uid)]
    return lab.boxes.raw(wanted[0]) if wanted else b""


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "img-src 'none'; frame-src 'self'; form-action 'self'\">"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style>"
        f"<header><h1><a href=/>Laboratory</a></h1><span class=soft>{html.escape(title)}</span></header>"
        f"{body}"
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], numbers: int = 0) -> str:
    """Cells are HTML already; the last ``numbers`` columns are figures."""
    names = list(head)
    first = len(names) - numbers

    def cells(tag: str, values: Iterable[str]) -> str:
        return "".join(f"<{tag}{' class=n' if i >= first else ''}>{v}</{tag}>" for i, v in enumerate(values))

    lines = "".join(f"<tr>{cells('td', row)}" for row in rows)
    return f"<div class=wide><table><tr>{cells('th', names)}{lines}</table></div>"


def _box_link(address: str) -> str:
    return f"<a href='/box/{urllib.parse.quote(address, safe='@')}'>{html.escape(address)}</a>"


def _letter_link(kind: str, letter: Letter, words: str) -> str:
    where = f"/{kind}/{urllib.parse.quote(letter.recipient, safe='@')}/{letter.uid}"
    return f"<a href='{where}'>{html.escape(words)}</a>"


def _home(lab: Lab, query: dict[str, str]) -> str:
    totals = lab.books.totals()
    parts = totals.pop("by_provider")
    names = [
        "accepted",
        "refused",
        "bounced",
        "opened_human",
        "opened_machine",
        "clicked_human",
        "replied",
        "unsubscribed",
    ]
    lines = [
        [html.escape(lab.desks[key].provider.title), *(str(part[name]) for name in names)]
        for key, part in parts.items()
    ]
    lines.append(["<b>all</b>", *(f"<b>{totals[name]}</b>" for name in names)])
    needle = query.get("q", "").lower()
    boxes = [entry for entry in lab.boxes.counts() if needle in entry[0]]
    shown = [[_box_link(address), str(inbox), str(spam)] for address, inbox, spam in boxes[:_PER_PAGE]]
    search = (
        "<form><input name=q type=search aria-label='Find a box' placeholder='Find a box' "
        f"value='{html.escape(needle)}'></form>"
    )
    more = (
        f"<p class=soft>{len(boxes) - _PER_PAGE} more; search to find them." if len(boxes) > _PER_PAGE else ""
    )
    empty = "" if boxes else "<p>No box has mail yet. Send something to an address of the lab."
    words = (
        f"<p>Seed {lab.config.seed}, one second counts as {lab.config.pace:g} lab seconds, "
        f"{lab.agenda.pending} actions to come. This is a simulation and no prediction."
    )
    overview = _table(["provider", *(name.replace("_", " ") for name in names)], lines, len(names))
    listing = _table(["box", "inbox", "spam"], shown, 2)
    return _page("mailboxes", f"{words}{overview}<h2>Boxes</h2>{search}{empty}{listing}{more}")


def _deeds(lab: Lab, letter: Letter) -> str:
    row = lab.books.rows.get(letter.row)
    if row is None:
        return ""
    deeds = [name.replace("_", " ") for name in _DEEDS if getattr(row, name)]
    deeds += [f"unsubscribed ({row.unsubscribed})"] if row.unsubscribed else []
    return " ".join(f"<span class=tag>{html.escape(deed)}</span>" for deed in deeds)


def _box(lab: Lab, address: str) -> str:
    lines = []
    for letter in reversed(lab.boxes.letters(address)):
        link = _letter_link("box", letter, letter.subject or "(no subject)")
        folder = f"<span class='tag {letter.folder}'>{letter.folder}</span>"
        lines.append([link, html.escape(letter.sender), folder, _deeds(lab, letter)])
    body = (
        _table(["subject", "from", "folder", "what became of it"], lines)
        if lines
        else "<p>This box has no mail."
    )
    return _page(address, body)


def _letter(lab: Lab, address: str, uid: int) -> str:
    found = [letter for letter in lab.boxes.letters(address) if letter.uid == uid]
    if not found:
        return _page(address, "<p>There is no such letter.")
    octets = lab.boxes.raw(found[0])
    message = email.message_from_bytes(octets, policy=email.policy.default)
    head = octets.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    page, text = _part(message, "html"), _part(message, "plain")
    shown = html.escape(_harmless(page))
    frame = (
        f"<h2>As shown</h2><iframe sandbox title='The letter' srcdoc=\"{shown}\"></iframe>" if page else ""
    )
    plain = f"<h2>Text</h2><pre>{html.escape(text)}</pre>" if text else ""
    folder = f"<span class='tag {found[0].folder}'>{found[0].folder}</span>"
    source = _letter_link("raw", found[0], "source")
    crumbs = f"<p>{_box_link(address)} · {folder} · {source} {_deeds(lab, found[0])}"
    return _page(found[0].subject, f"{crumbs}{frame}{plain}<h2>Header</h2><pre>{html.escape(head)}</pre>")


def _harmless(page: str) -> str:
    # The frame has no scripts; this also keeps it from loading anything, so that looking is not opening.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">{page}'


def _part(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError, AttributeError):
        return ""

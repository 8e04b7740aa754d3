"""Reading a letter as a mail program does: its images, its links, the ways to unsubscribe."""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser

_GOODBYE = re.compile(
    r"unsubscri|opt[-_ ]?out|abmelden|abbestell|d[eé]sabonn|d[eé]sinscri|"
    r"darse de baja|cancelar suscripci|descadastr|"
    r"отпис|退订|取消订阅|/u/|/unsub",
    re.IGNORECASE,
)
_TEXT_LINK = re.compile(r"https?://[^\s<>\"')\]]+")
_HEADER_URL = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True)
class Content:
    """What is in a letter for its reader."""

    subject: str
    sender: str
    reply_to: str
    message_id: str
    images: tuple[str, ...]
    links: tuple[str, ...]
    """Web links of the body, each once, in order, without those to unsubscribe."""
    goodbyes: tuple[str, ...]
    """Links of the body by which one unsubscribes."""
    header_url: str
    header_mailto: str
    one_click: bool
    text: str


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.images: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._href = ""
        self._words: list[str] = []
        self.text: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "img" and (values.get("src") or "").startswith("http"):
            self.images.append(values["src"] or "")
        elif tag == "a" and (values.get("href") or "").startswith("http"):
            self._href, self._words = values["href"] or "", []
        elif tag in ("style", "script", "title"):
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href:
            self.links.append((self._href, "".join(self._words).strip()))
            self._href = ""
        elif tag in ("style", "script", "title"):
            self._silent = max(self._silent - 1, 0)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self._words.append(data)
        self.text.append(data)


def read(raw: bytes) -> Content:
    """Take a letter apart. What it lacks is empty; nothing is raised for odd letters."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    html, plain = _body(message, "html"), _body(message, "plain")
    page = _Html()
    page.feed(html)
    pairs = page.links or [(url, "") for url in _TEXT_LINK.findall(plain)]
    goodbyes = [url for url, words in pairs if _GOODBYE.search(words) or _GOODBYE.search(url)]
    wanted = [url for url, _ in pairs if url not in goodbyes]
    urls = _HEADER_URL.findall(_header(message, "List-Unsubscribe"))
    post = _header(message, "List-Unsubscribe-Post").replace(" ", "").lower()
    return Content(
        subject=_header(message, "Subject"),
        sender=_address(message, "From"),
        reply_to=_address(message, "Reply-To"),
        message_id=_header(message, "Message-ID"),
        images=tuple(dict.fromkeys(page.images)),
        links=tuple(dict.fromkeys(wanted)),
        goodbyes=tuple(dict.fromkeys(goodbyes)),
        header_url=next((url for url in urls if url.lower().startswith("http")), ""),
        header_mailto=next((url for url in urls if url.lower().startswith("mailto:")), ""),
        one_click=post == "list-unsubscribe=one-click",
        text=(plain or " ".join(" ".join(page.text).split()))[:4000],
    )


def _body(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError, AttributeError, KeyError):
        return ""


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "")).strip()
    except (ValueError, IndexError, AttributeError):
        return ""


def _address(message: EmailMessage, name: str) -> str:
    match = re.search(r"<([^<>\s]+@[^<>\s]+)>|([^\s<>,;\"]+@[^\s<>,;\"]+)", _header(message, name))
    return (match[1] or match[2]) if match else ""


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((values.get("method", "get").lower(), values.get("action", ""), {}))
            self._open = True
        elif self._open and tag in ("input", "button") and values.get("name"):
            kind = values.get("type", "text" if tag == "input" else "submit").lower()
            fields = self.forms[-1][2]
            wanted = kind not in ("checkbox", "radio") or "checked" in values
            # Of several submit buttons a browser sends the one pressed: the first here.
            pressed = kind == "submit" and any(name.startswith("\0") for name in fields)
            if wanted and not pressed:
                fields[values["name"]] = values.get("value", "")
            if kind == "submit":
                fields["\0"] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


def unsubscribe_form(html: str) -> tuple[str, dict[str, str]] | None:
    """Action and fields of the form on an unsubscribe page; None when it has no POST form.

    With several forms the one counts whose action or fields speak of unsubscribing, else the first.
    """
    page = _Forms()
    page.feed(html)
    forms = [(action, fields) for method, action, fields in page.forms if method == "post"]
    forms.sort(key=lambda form: not _GOODBYE.search(form[0] + " " + " ".join(form[1])))
    if not forms:
        return None
    action, fields = forms[0]
    return action, {name: value for name, value in fields.items() if name != "\0"}

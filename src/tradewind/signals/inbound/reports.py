"""Reports on delivery: RFC 3464, and the dialects of servers that write plain text instead. And complaints (RFC 5965)."""

import re
from collections.abc import Iterable
from email.message import Message

from tradewind.signals.inbound import mime
from tradewind.signals.inbound.values import Action, Complaint, Report

_STATUS = re.compile(r"(?<![0-9.])([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")
_REPLY = re.compile(r"(?<![0-9.#-])([45][0-9][0-9])(?=[ -])(?![ -][0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9])")
_ADDRESS = re.compile(r"[^\s<>,;:()\[\]\"]{1,64}@[A-Za-z0-9.-]{1,253}")

_ACTIONS = frozenset(action.value for action in Action)
_URGENCY = (Action.FAILED, Action.DELAYED, Action.DELIVERED, Action.RELAYED, Action.EXPANDED)


def rfc3464(message: Message) -> Report | None:
    """The gravest recipient field group of a message/delivery-status part."""
    part = _part(message, "message/delivery-status", "message/global-delivery-status")
    if part is None:
        return None
    groups = [_group(fields) for fields in _field_groups(part)]
    reports = [report for report in groups if report is not None]
    return min(reports, key=lambda report: _URGENCY.index(report.action), default=None)


def _field_groups(part: Message) -> Iterable[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [group for group in payload[:100] if isinstance(group, Message)]
    return [mime.parse(block.encode("utf-8", "replace")) for block in mime.text_of(part).split("\n\n")[:100]]


def _group(fields: Message) -> Report | None:
    word = mime.header(fields, "Action").lower().split(" ", 1)[0]
    if word not in _ACTIONS or not (fields.get("Final-Recipient") or fields.get("Original-Recipient")):
        return None
    diagnostic = mime.header(fields, "Diagnostic-Code")
    kind, _, text = diagnostic.partition(";")
    text = (text if _ else kind).strip()
    status = _STATUS.search(mime.header(fields, "Status"))
    recipient = mime.header(fields, "Original-Recipient") or mime.header(fields, "Final-Recipient")
    return Report(
        action=Action(word),
        recipient=recipient.partition(";")[2].strip().lower() or recipient.lower(),
        code=_code(text),
        status=_better_status(status.group(0) if status else "", text),
        text=text[:1000],
    )


def _better_status(status: str, text: str) -> str:
    """The remote server's own enhanced code, where the reporting one only says "5.0.0"."""
    found = _STATUS.search(text)
    if found and (not status or status.endswith(".0.0")) and found.group(1) in "45":
        return found.group(0)
    return status


def _code(text: str) -> int | None:
    found = _REPLY.search(text)
    return int(found.group(1)) if found else None


# --- Plain-text dialects --------------------------------------------------------------------------------------------

_REPORT_SUBJECT = re.compile(
    r"undeliver|delivery status notification|mail delivery (?:failed|failure|subsystem|system)|"
    r"delivery (?:failure|report|delayed)"
    r"|returned (?:mail|to sender)|failure notice|non[- ]?delivery|delivery has failed|message (?:status|"
    r"delayed)|warning: message"
    r"|unzustellbar|zustellung|nicht zugestellt|non remis|echec de (?:la )?remise|échec|no se puede entregar|"
    r"no entregado|mancato recapito"
    r"|não entregue|falha na entrega|недоставлен|не доставлено|退信|投递失败|无法投递|未送达|配信不能|配信エラー",
    re.IGNORECASE,
)
_DAEMON = re.compile(
    r"^(?:mailer-daemon|postmaster|mail-daemon|mdaemon|bounces?|mailerdaemon|noreply-bounce)@", re.IGNORECASE
)
_DELAY = re.compile(
    r"has been delayed|delivery delayed|still undelivered|not yet been delivered|will be retried|will retry|"
    r"will continue to (?:try|be attempted)"
    r"|no action is required|temporary (?:error|problem|failure)|verzögert|延迟",
    re.IGNORECASE,
)
_DIALECTS: tuple[tuple[str, str], ...] = (
    ("qmail", "this is the qmail-send program"),
    ("exim", "this message was created automatically by mail delivery software"),
    ("exchange", "your message wasn't delivered"),
    ("exchange", "did not reach some or all of the intended recipients"),
    ("gmail", "your message wasn't delivered to"),
    ("qq", "退信"),
    ("sendmail", "the following addresses had permanent fatal errors"),
    ("postfix", "this is the mail system at host"),
)


def looks_like_report(sender: str, author: str, subject: str, failed_header: str) -> bool:
    """From a mail server about a mail, judged from the outside."""
    daemon = bool(_DAEMON.match(author)) or sender == ""
    return bool(failed_header) or (daemon and bool(_REPORT_SUBJECT.search(subject[:300])))


def plain(message: Message) -> Report:
    """What a report in plain text says. A failure unless it says that it keeps trying."""
    text = mime.readable_text(message)[:20_000]
    low = text.lower()
    dialect = next((name for name, words in _DIALECTS if words in low), "plain")
    recipient = mime.header(message, "X-Failed-Recipients").split(",")[0].strip().lower() or _first_address(
        text
    )
    reason = _reason(text, recipient)
    status = _STATUS.search(reason) or _STATUS.search(text)
    code = _code(reason) or _code(text)
    temporary = status.group(1) == "4" if status else code is not None and code < 500
    delayed = bool(_DELAY.search(text[:3000])) and (temporary or (status is None and code is None))
    return Report(
        action=Action.DELAYED if delayed else Action.FAILED,
        recipient=recipient,
        code=code,
        status=status.group(0) if status and status.group(1) in "45" else "",
        text=reason[:1000],
        dialect=dialect,
    )


def _first_address(text: str) -> str:
    found = _ADDRESS.search(text)
    return found.group(0).strip(".").lower() if found else ""


def _reason(text: str, recipient: str) -> str:
    """The lines that stand after the failed address: that is where servers quote the reply."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for number, line in enumerate(lines):
        if recipient and recipient in line.lower():
            after = [one for one in lines[number + 1 : number + 9] if one]
            if after and not line.rstrip(":").lower().endswith(recipient) and _REPLY.search(line):
                return line
            return " ".join(after[:5]) if after else line
    return next((line for line in lines if _REPLY.search(line)), " ".join(filter(None, lines))[:300])


# --- Complaints -----------------------------------------------------------------------------------------------------


def complaint(message: Message) -> Complaint | None:
    """The message/feedback-report part of an ARF report; None if there is none."""
    part = _part(message, "message/feedback-report")
    if part is None:
        return None
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        fields = payload[0]
    else:
        fields = mime.parse(mime.text_of(part).encode("utf-8", "replace"))
    kind = mime.header(fields, "Feedback-Type").lower()
    return Complaint(feedback_type=kind or "abuse", agent=mime.header(fields, "User-Agent")[:200])


def enclosed(message: Message) -> Message | None:
    """The original that a report encloses: whole, or its headers only."""
    part = _part(
        message,
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    )
    if part is None:
        return None
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    text = mime.text_of(part) or (payload if isinstance(payload, str) else "")
    return mime.parse(text.lstrip().encode("utf-8", "replace")) if text else None


def _part(message: Message, *kinds: str) -> Message | None:
    return next((part for part in mime.parts(message) if part.get_content_type() in kinds), None)

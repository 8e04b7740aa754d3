"""Mail that the lab's providers and people write: late DSNs, complaints, notices of absence, answers."""

import email.utils
import time
import tomllib
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

_TEXTS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "texts.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Original:
    """What a report or an answer needs of the letter it is about."""

    raw: bytes
    recipient: str
    return_path: str
    subject: str
    message_id: str
    sender: str
    reply_to: str
    text: str


def _id(host: str, token: str) -> str:
    return f"<{token}.{int(time.time())}@{host}>"


def _text_part(text: str) -> bytes:
    body = text.encode("utf-8")
    encoding = b"7bit" if text.isascii() else b"8bit"
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    return head + body.replace(b"\n", b"\r\n") + b"\r\n"


def _report(headers: list[tuple[str, str]], kind: str, token: str, parts: list[bytes]) -> bytes:
    mark = f"=_lab_{token}".encode()
    lines = [f"{name}: {value}".encode() for name, value in headers]
    lines.append(
        f"Content-Type: multipart/report; report-type={kind};".encode() + b'\r\n boundary="' + mark + b'"'
    )
    body = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
    return b"\r\n".join(lines) + b"\r\nMIME-Version: 1.0\r\n\r\n" + body + b"--" + mark + b"--\r\n"


def _head_of(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0] + b"\r\n"


def late_report(original: Original, host: str, diagnostic: str, token: str) -> bytes:
    """A non-delivery report (RFC 3464) of a provider that had accepted the letter."""
    words = diagnostic.split()
    status = words[1] if len(words) > 1 and words[1].count(".") == 2 else "5.1.1"
    human = (
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its recipients.\n"
        "This is a permanent error. The following address failed:\n\n"
        f"  {original.recipient}\n    {diagnostic}\n"
    )
    fields = (
        f"Reporting-MTA: dns; {host}\r\nArrival-Date: {email.utils.formatdate()}\r\n\r\n"
        f"Final-Recipient: rfc822; {original.recipient}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {diagnostic}\r\n"
    )
    headers = [
        ("From", f"Mail Delivery System <MAILER-DAEMON@{host}>"),
        ("To", original.return_path),
        ("Subject", "Undelivered Mail Returned to Sender"),
        ("Date", email.utils.formatdate()),
        ("Message-ID", _id(host, token)),
        ("Auto-Submitted", "auto-replied"),
    ]
    parts = [
        _text_part(human),
        b"Content-Type: message/delivery-status\r\n\r\n" + fields.encode(),
        b"Content-Type: text/rfc822-headers\r\n\r\n" + _head_of(original.raw),
    ]
    return _report(headers, "delivery-status", token, parts)


def complaint(original: Original, to: str, host: str, source_ip: str, whole: bool, token: str) -> bytes:
    """An abuse report (RFC 5965): with the whole letter, or with its header only and the recipient hidden."""
    fields = (
        f"Feedback-Type: abuse\r\nUser-Agent: Lab-Feedback/1.0 ({host})\r\nVersion: 1\r\n"
        f"Original-Mail-From: <{original.return_path}>\r\nSource-IP: {source_ip}\r\n"
        f"Arrival-Date: {email.utils.formatdate()}\r\n"
    )
    head = _head_of(original.raw)
    if whole:
        fields += f"Original-Rcpt-To: <{original.recipient}>\r\n"
        third = b"Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n" + original.raw
    else:
        hidden = head.replace(original.recipient.encode(), b"redacted@" + host.encode())
        third = b"Content-Type: text/rfc822-headers\r\n\r\n" + hidden
    headers = [
        ("From", f"Feedback Loop <feedback@{host}>"),
        ("To", to),
        ("Subject", f"complaint about message from {source_ip}"),
        ("Date", email.utils.formatdate()),
        ("Message-ID", _id(host, token)),
    ]
    text = f"This is an email abuse report for a message received from {source_ip}.\n"
    status = b"Content-Type: message/feedback-report\r\n\r\n" + fields.encode()
    return _report(headers, "feedback-report", token, [_text_part(text), status, third])


def _letter(sender: str, to: str, subject: str, text: str, original: Original, token: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = email.utils.formatdate()
    message["Message-ID"] = _id(sender.rpartition("@")[2], token)
    if original.message_id:
        message["In-Reply-To"] = original.message_id
        message["References"] = original.message_id
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    return message


def _words(language: str) -> dict[str, str]:
    return _TEXTS.get(language, _TEXTS["en"])


def absence(original: Original, language: str, token: str) -> bytes:
    """An out-of-office notice (RFC 3834)."""
    words = _words(language)
    subject = f"{words['away_subject']}: {original.subject}"[:180]
    message = _letter(original.recipient, original.return_path, subject, words["away"], original, token)
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    return bytes(message)


def answer(original: Original, kind: str, language: str, token: str) -> bytes:
    """What a person writes back, with the letter quoted below."""
    words = _words(language)
    quoted = "\n".join("> " + line for line in original.text.splitlines()[:25])
    text = f"{words[kind]}\n\n{original.sender} {words['wrote']}:\n{quoted}\n"
    mark = "回复: " if language == "zh" else "AW: " if language == "de" else "Re: "
    to = original.reply_to or original.sender
    return bytes(_letter(original.recipient, to, mark + original.subject[:150], text, original, token))


def goodbye(original: Original, to: str, subject: str, token: str) -> bytes:
    """The mail that a mail program sends to the mailto of List-Unsubscribe."""
    return bytes(_letter(original.recipient, to, subject or "unsubscribe", "unsubscribe\n", original, token))

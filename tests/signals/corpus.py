# ruff: noqa: E501 - mail is written as it is written
"""Inbound mail as servers and people write it, composed by ourselves in their dialects. `{verp}` and `{id}` are filled in."""

from dataclasses import dataclass

from tradewind.signals.models import InboundKind

K = InboundKind
VERP, ID, BUYER = "b+token@bounces.lantern.example", "<idtoken@lantern.example>", "anna@buyers.example"


@dataclass(frozen=True)
class Sample:
    name: str
    raw: str
    kind: InboundKind
    sender: str = ""  # envelope
    action: str = ""
    status: str = ""
    code: int | None = None
    recipient: str = BUYER
    suppress: bool = False


def report(
    *,
    subject: str,
    author: str,
    human: str,
    fields: str,
    original: str = "",
    kind: str = "delivery-status",
    extra: str = "",
) -> str:
    """A multipart/report."""
    original = (
        original or f"From: Alice <alice@lantern.example>\nTo: {BUYER}\nSubject: Lanterns\nMessage-ID: {ID}\n"
    )
    return (
        f"From: {author}\nTo: {VERP}\nSubject: {subject}\nMIME-Version: 1.0\n{extra}"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=b"\n\nThis is a MIME message.\n'
        f"--=b\nContent-Type: text/plain; charset=utf-8\n\n{human}\n\n"
        f"--=b\nContent-Type: message/{kind}\n\n{fields}\n\n"
        f"--=b\nContent-Type: text/rfc822-headers\n\n{original}\n--=b--\n"
    )


def letter(
    text: str,
    *,
    subject: str = "Re: Lanterns",
    author: str = f"Anna <{BUYER}>",
    extra: str = "",
    html: bool = False,
) -> str:
    kind = "html" if html else "plain"
    return (
        f"From: {author}\nTo: alice@lantern.example\nSubject: {subject}\nIn-Reply-To: {ID}\n{extra}"
        f"MIME-Version: 1.0\nContent-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    )


POSTFIX = Sample(
    "postfix",
    report(
        subject="Undelivered Mail Returned to Sender",
        author="MAILER-DAEMON@mx.buyers.example (Mail Delivery System)",
        human="This is the mail system at host mx.buyers.example.\n\nI'm sorry to have to inform you that your message could not\n"
        f"be delivered to one or more recipients.\n\n<{BUYER}>: host 10.0.0.9[10.0.0.9] said: 550 5.1.1\n "
        f"<{BUYER}>: Recipient address"
        " rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)",
        fields="Reporting-MTA: dns; mx.buyers.example\nX-Postfix-Queue-ID: 4F2A\n\n"
        f"Final-Recipient: rfc822; {BUYER}\nOriginal-Recipient: rfc822;{BUYER}\nAction: failed\nStatus: 5.1.1\n"
        "Remote-MTA: dns; 10.0.0.9\nDiagnostic-Code: smtp; 550 5.1.1 <anna@buyers.example>: Recipient address rejected:\n"
        "    User unknown in virtual mailbox table",
        extra="Auto-Submitted: auto-replied\n",
    ),
    K.DSN,
    action="failed",
    status="5.1.1",
    code=550,
    suppress=True,
)
POSTFIX_DELAY = Sample(
    "postfix delay",
    report(
        subject="Delayed Mail (still being retried)",
        author="MAILER-DAEMON@mx.buyers.example",
        human="####################################################################\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #",
        fields=f"Reporting-MTA: dns; mx.buyers.example\n\nFinal-Recipient: rfc822; {BUYER}\nAction: delayed\nStatus: 4.4.1\n"
        "Diagnostic-Code: X-Postfix; connect to inner.buyers.example[10.1.1.1]:25: Connection timed out\n"
        "Will-Retry-Until: Fri, 6 Nov 2026 10:00:00 +0000",
    ),
    K.DSN,
    action="delayed",
    status="4.4.1",
)
POSTFIX_SUCCESS = Sample(
    "postfix success",
    report(
        subject="Successful Mail Delivery Report",
        author="MAILER-DAEMON@mx.buyers.example",
        human="Your message was successfully delivered to the destination(s) listed below.",
        fields=f"Reporting-MTA: dns; mx.buyers.example\n\nFinal-Recipient: rfc822; {BUYER}\nAction: delivered\nStatus: 2.0.0\n"
        "Diagnostic-Code: smtp; 250 2.0.0 Ok: queued as 77",
    ),
    K.DSN,
    action="delivered",
)
EXCHANGE = Sample(
    "exchange",
    report(
        subject="Undeliverable: Lanterns",
        author="postmaster@buyers.example",
        human="Your message to anna@buyers.example couldn't be delivered.\nanna wasn't found at buyers.example.",
        fields="Reporting-MTA: dns;AM0PR01MB1234.eurprd01.prod.exchangelabs.com\nReceived-From-MTA: dns;mail.lantern.example\n\n"
        f"Final-Recipient: rfc822;{BUYER}\nAction: failed\nStatus: 5.1.10\n"
        "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient anna@buyers.example not "
        "found by SMTP address lookup",
        extra="X-MS-Exchange-Message-Is-Ndr:\nX-Auto-Response-Suppress: All\n",
    ),
    K.DSN,
    action="failed",
    status="5.1.10",
    code=550,
    suppress=True,
)
EXCHANGE_FULL = Sample(
    "exchange full",
    report(
        subject="Undeliverable: Lanterns",
        author="postmaster@buyers.example",
        human="The recipient's mailbox is full and can't accept messages now.",
        fields=f"Reporting-MTA: dns;x\n\nFinal-Recipient: rfc822;{BUYER}\nAction: failed\nStatus: 5.2.2\n"
        "Diagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
    ),
    K.DSN,
    action="failed",
    status="5.2.2",
    code=554,
)
GMAIL = Sample(
    "gmail",
    report(
        subject="Delivery Status Notification (Failure)",
        author="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        human="** Address not found **\n\nYour message wasn't delivered to anna@buyers.example because the address couldn't be found.",
        fields="Reporting-MTA: dns; googlemail.com\nArrival-Date: Sun, 22 Nov 2026 02:00:00 -0800 (PST)\n\n"
        f"Final-Recipient: rfc822; {BUYER}\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; gmail-smtp-in.l.google.com.\n"
        "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
        " 550-5.1.1 double-checking the recipient's email address for typos or\n 550 5.1.1 unnecessary "
        "spaces. NoSuchUser - gsmtp",
        extra="Auto-Submitted: auto-replied\nX-Failed-Recipients: anna@buyers.example\n",
    ),
    K.DSN,
    action="failed",
    status="5.1.1",
    code=550,
    suppress=True,
)
GMAIL_BLOCKED = Sample(
    "gmail blocked",
    report(
        subject="Delivery Status Notification (Failure)",
        author="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        human="Message blocked",
        fields=f"Reporting-MTA: dns; googlemail.com\n\nFinal-Recipient: rfc822; {BUYER}\nAction: failed\nStatus: 5.7.1\n"
        "Diagnostic-Code: smtp; 550-5.7.1 Our system has detected that this message is likely unsolicited "
        "mail. 550 5.7.1 blocked",
    ),
    K.DSN,
    action="failed",
    status="5.7.1",
    code=550,
)
EXIM = Sample(
    "exim",
    f"From: Mail Delivery System <Mailer-Daemon@mail.buyers.example>\nTo: {VERP}\nSubject: Mail delivery "
    f"failed: returning message to sender\n"
    f"X-Failed-Recipients: {BUYER}\nAuto-Submitted: auto-replied\n\nThis message was created automatically by "
    f"mail delivery software.\n\n"
    "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent "
    "error. The following address(es) failed:\n\n"
    f"  {BUYER}\n    host mx.inner.example [192.0.2.4]\n    SMTP error from remote mail server after RCPT TO:<{BUYER}>:\n"
    "    550 5.1.1 Unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\n"
    f"Message-ID: {ID}\n",
    K.DSN,
    action="failed",
    status="5.1.1",
    code=550,
    suppress=True,
)
EXIM_DELAY = Sample(
    "exim delay",
    f"From: Mail Delivery System <Mailer-Daemon@mail.buyers.example>\nTo: {VERP}\nSubject: Warning: message "
    f"1kX delayed 24 hours\n"
    "Auto-Submitted: auto-replied\n\nThis message was created automatically by mail delivery software.\n\nA "
    "message that you sent has not yet been "
    f"delivered to one or more of its\nrecipients after more than 24 hours.\n\nThe address to which the "
    f"message has not yet been delivered is:\n\n"
    f"  {BUYER}\n    Delay reason: Connection timed out\n\nNo action is required on your part.\n",
    K.DSN,
    action="delayed",
)
QMAIL = Sample(
    "qmail",
    f"From: MAILER-DAEMON@old.buyers.example\nTo: {VERP}\nSubject: failure notice\n\nHi. This is the "
    f"qmail-send program at old.buyers.example.\n"
    "I'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent "
    "error; I've given up. Sorry it didn't work out.\n\n"
    f"<{BUYER}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the "
    f"message.\n\nReturn-Path: <{VERP}>\n",
    K.DSN,
    action="failed",
    status="5.1.1",
    suppress=True,
)
QQ = Sample(
    "qq",
    f"From: PostMaster@qq.com\nTo: {VERP}\nSubject: =?utf-8?b?57O757uf6YCA5L+hL1N5c3RlbXMgYm91bmNl?=\nMIME-Version: 1.0\n"
    "Content-Type: text/html; charset=GB18030\nContent-Transfer-Encoding: 8bit\n\n"
    f"<html><body><p>尊敬的用户：</p><p>您发往 {BUYER} 的邮件被退回。</p><p>退信原因：收件人邮箱不存在。</p>"
    "<p>host ex.qq.com said: 550 Mailbox not found. http://service.mail.qq.com/detail/0/56</p></body></html>\n",
    K.DSN,
    action="failed",
    code=550,
    suppress=True,
)
ARF = Sample(
    "arf",
    report(
        subject="complaint about message from 192.0.2.1",
        author="Feedback <feedback@provider.example>",
        human="This is an email abuse report.",
        fields=f"Feedback-Type: abuse\nUser-Agent: SomeFBL/1.0\nVersion: 1\nOriginal-Mail-From: <{VERP}>\nSource-IP: 192.0.2.1",
        kind="feedback-report",
    ),
    K.ARF,
    sender="feedback@provider.example",
)
ARF_REDACTED = Sample(
    "arf redacted",
    report(
        subject="complaint",
        author="staff@hotmail.example",
        human="abuse",
        fields="Feedback-Type: abuse\nUser-Agent: JMRP/2\nVersion: 1",
        original=f"From: redacted\nTo: redacted\nMessage-ID: {ID}\nSubject: redacted\n",
        kind="feedback-report",
    ),
    K.ARF,
    sender="staff@hotmail.example",
)
NOT_SPAM = Sample(
    "not spam",
    report(
        subject="report",
        author="feedback@provider.example",
        human="not spam",
        fields=f"Feedback-Type: not-spam\nUser-Agent: SomeFBL/1.0\nVersion: 1\nOriginal-Mail-From: <{VERP}>",
        kind="feedback-report",
    ),
    K.OTHER,
    sender="feedback@provider.example",
)
OUT_OF_OFFICE = [
    Sample(
        "rfc3834",
        letter("I am away.", subject="Re: Lanterns", extra="Auto-Submitted: auto-replied (vacation)\n"),
        K.AUTO_REPLY,
    ),
    Sample(
        "exchange ooo",
        letter(
            "Ich bin bis Montag nicht im Büro.",
            subject="Automatische Antwort: Lanterns",
            extra="X-Auto-Response-Suppress: All\n",
        ),
        K.AUTO_REPLY,
        sender=BUYER,
    ),
    Sample("chinese", letter("您好，我正在休假。", subject="自动回复: Lanterns"), K.AUTO_REPLY, sender=BUYER),
    Sample(
        "french",
        letter("Je suis absent.", subject="=?utf-8?q?R=C3=A9ponse_automatique?= : Lanterns"),
        K.AUTO_REPLY,
        sender=BUYER,
    ),
    Sample(
        "spanish", letter("Estoy fuera", subject="Respuesta automática: Lanterns"), K.AUTO_REPLY, sender=BUYER
    ),
    Sample("russian", letter("Я в отпуске", subject="Автоответ: Lanterns"), K.AUTO_REPLY, sender=BUYER),
    Sample("old header", letter("Away", extra="X-Autoreply: yes\n"), K.AUTO_REPLY, sender=BUYER),
    Sample("precedence", letter("Away", extra="Precedence: auto_reply\n"), K.AUTO_REPLY, sender=BUYER),
    Sample("null sender", letter("Thank you, we got your mail."), K.AUTO_REPLY, sender=""),
]
REPLIES = [
    Sample("plain", letter("Please send your price list."), K.REPLY, sender=BUYER),
    Sample(
        "auto-submitted no", letter("Please call me.", extra="Auto-Submitted: no\n"), K.REPLY, sender=BUYER
    ),
    Sample(
        "html",
        letter("<p>Hello,</p><p>price?</p><blockquote>old</blockquote>", html=True),
        K.REPLY,
        sender=BUYER,
    ),
    Sample(
        "about office",
        letter("We are moving our office next week, please send samples.", subject="Re: office lamps"),
        K.REPLY,
        sender=BUYER,
    ),
]
WISHES = [
    Sample("english", letter("Please remove me from your list.\n\nThanks"), K.UNSUBSCRIBE_WISH, sender=BUYER),
    Sample("bare", letter("Unsubscribe"), K.UNSUBSCRIBE_WISH, sender=BUYER),
    Sample("stop", letter("STOP"), K.UNSUBSCRIBE_WISH, sender=BUYER),
    Sample("chinese wish", letter("退订"), K.UNSUBSCRIBE_WISH, sender=BUYER),
    Sample("subject only", letter("", subject="unsubscribe"), K.UNSUBSCRIBE_WISH, sender=BUYER),
]
REPORTS = [
    POSTFIX, POSTFIX_DELAY, POSTFIX_SUCCESS, EXCHANGE, EXCHANGE_FULL, GMAIL, GMAIL_BLOCKED, EXIM, EXIM_DELAY, QMAIL, QQ
]  # fmt: skip
COMPLAINTS = [ARF, ARF_REDACTED, NOT_SPAM]
EVERYTHING = [*REPORTS, *COMPLAINTS, *OUT_OF_OFFICE, *REPLIES, *WISHES]


def raw(sample: Sample, verp: str = VERP, identity: str = ID) -> bytes:
    """The bytes, with CRLF, about a certain message."""
    charset = "gb18030" if "charset=GB18030" in sample.raw else "utf-8"
    return sample.raw.replace(VERP, verp).replace(ID, identity).replace("\n", "\r\n").encode(charset)

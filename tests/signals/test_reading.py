# ruff: noqa: E501 - mail is written as it is written
"""What inbound mail is, in many dialects and under fire."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signals import corpus
from tests.signals.corpus import BUYER, ID, VERP, Sample
from tradewind.signals.inbound import answers, bounces, mime
from tradewind.signals.inbound.read import read
from tradewind.signals.inbound.values import Kind

LAB_TEXTS = Path(__file__).parents[2] / "src/tradewind/lab/texts.toml"


@pytest.mark.parametrize("sample", corpus.EVERYTHING, ids=lambda sample: sample.name)
def test_kinds(sample: Sample) -> None:
    reading = read(
        corpus.raw(sample), sample.sender, VERP if sample.kind in ("dsn", "arf") else "alice@lantern.example"
    )
    assert reading.kind is sample.kind, reading


@pytest.mark.parametrize("sample", corpus.REPORTS, ids=lambda sample: sample.name)
def test_reports(sample: Sample) -> None:
    report = read(corpus.raw(sample), "", VERP).report
    assert report is not None
    assert (report.action, report.recipient) == (sample.action, sample.recipient), report
    if sample.action == "failed":
        assert (report.status, report.code) == (sample.status, sample.code), report
        assert bounces.classify(report.status, report.code, report.text).suppress is sample.suppress, report


def test_a_report_is_recognised_by_a_named_sender_too() -> None:
    """Some servers do not use the null sender."""
    assert read(corpus.raw(corpus.QMAIL), "MAILER-DAEMON@old.buyers.example", VERP).kind is Kind.DSN


@pytest.mark.parametrize("sample", [corpus.ARF, corpus.ARF_REDACTED], ids=lambda sample: sample.name)
def test_complaints_name_their_message(sample: Sample) -> None:
    reading = read(corpus.raw(sample), sample.sender, "fbl@bounces.lantern.example")
    assert reading.complaint is not None
    assert reading.complaint.feedback_type == "abuse"
    assert VERP in reading.return_paths or "idtoken" in reading.identities


def test_an_answer_names_what_it_answers() -> None:
    reading = read(corpus.raw(corpus.REPLIES[0]), BUYER, "alice@lantern.example")
    assert reading.identities == ("idtoken",)
    assert (reading.author, reading.author_name) == (BUYER, "Anna")


QUOTED = {
    "gmail": "Please send the price.\n\nOn Tue, Nov 3, 2026 at 5:00 PM Li Wei <li@lantern.example> wrote:\n\n> Hello Anna\n> ...\n",
    "gmail, "
    "wrapped": "Please send the price.\n\nOn Tue, Nov 3, 2026 at 5:00 PM Li Wei from Lantern <\nli@lantern.example> wrote:\n> Hello\n",
    "outlook": "Please send the price.\n\n________________________________\nFrom: Li Wei <li@lantern.example>\nSent: Tuesday\nTo: Anna\nSubject: Hi\n\nHello",
    "outlook, older": "Please send the price.\n\n-----Original Message-----\nFrom: Li Wei\nSent: Tuesday\n\nHello",
    "outlook, german": "Please send the price.\n\nVon: Li Wei <li@x>\nGesendet: Dienstag\nAn: Anna\nBetreff: Hi\n\nHallo",
    "german": "Please send the price.\n\nAm 03.11.2026 um 17:00 schrieb Li Wei:\n> Hallo\n",
    "french": "Please send the price.\n\nLe mar. 3 nov. 2026 à 17:00, Li Wei <li@x> a écrit :\n> Bonjour",
    "spanish": "Please send the price.\n\nEl mar, 3 nov 2026 a las 17:00, Li Wei (<li@x.example>) escribió:\n> Hola",
    "russian": "Please send the price.\n\nвт, 3 нояб. 2026 г. в 17:00, Li Wei <li@x.example>:\n> Привет",
    "qq": 'Please send the price.\n\n------------------ 原始邮件 ------------------\n发件人: "Li" <li@x>;\n发送时间: 2026年\n\nHello',
    "163": 'Please send the price.\n\n在 2026-11-03 17:00:00，"Li Wei" <li@x.example> 写道：\n>Hello',
    "foxmail": "Please send the price.\n\n发件人： Li Wei\n发送时间： 2026-11-03\n收件人： anna\n主题： Hi\nHello",
    "phone": "Please send the price.\n\nSent from my iPhone\n\n> On 3 Nov 2026, at 17:00, Li wrote:\n> Hello",
    "signature": "Please send the price.\n-- \nAnna Schmidt\nBuyers GmbH\n",
    "below": "> Hello Anna\n> how are you\n\nPlease send the price.",
    "lab": "Please send the price.\n\nalice@lantern.example wrote:\n> Hello\n> Lanterns",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED)
def test_only_the_readers_own_words(text: str) -> None:
    assert answers.own_words(text) == "Please send the price."


@pytest.mark.parametrize(
    "text",
    [
        "From: the bottom of my heart, thank you.",
        "On Monday we decide. I wrote to your colleague.",
        "We need 500 pieces.\n- red\n- blue\n\nBest regards\nAnna",
        "To: be honest\nI like it",
    ],
)
def test_ordinary_sentences_are_not_cut(text: str) -> None:
    assert answers.own_words(text) == text


def test_wishes_in_the_languages_of_the_laboratory() -> None:
    texts = tomllib.loads(LAB_TEXTS.read_text("utf-8"))
    for language, words in texts.items():
        assert answers.is_wish(words["remove_me"]), (language, words["remove_me"])
        for other in ("interested", "price", "not_interested"):
            assert not answers.is_wish(words[other]), (language, other)


@pytest.mark.parametrize(
    "text",
    [
        "I do not want to unsubscribe, I like your letters!",
        "How do I unsubscribe my colleague who left? Also please send a quotation for the red ones.",
        "Please do not send samples without asking. " + "We are interested in the catalogue. " * 10,
        "Can you stop by our booth at the fair?",
        "",
    ],
)
def test_what_is_no_wish(text: str) -> None:
    assert not answers.is_wish(text)


@pytest.mark.parametrize(
    ("status", "code", "text", "fault", "suppress"),
    [
        ("5.1.1", 550, "User unknown", "recipient", True),
        ("5.2.1", 550, "mailbox disabled", "recipient", True),
        ("5.2.2", 552, "over quota", "recipient", False),
        ("4.2.2", 452, "mailbox full", "recipient", False),
        ("5.1.8", 550, "sender address rejected: domain not found", "identity", False),
        ("5.0.0", 550, "Recipient address rejected: user does not exist", "recipient", True),
        ("", 550, "550 blocked using zen.spamhaus.org", "reputation", False),
        ("5.7.1", 550, "message looks like spam", "content", False),
        ("5.7.26", 550, "unauthenticated email: SPF and DKIM failed", "identity", False),
        ("5.7.1", 550, "Delivery not authorized, message refused", "reputation", False),
        ("5.1.1", 550, "5.1.1 rejected, IP on blocklist, see http://x", "reputation", False),
        ("4.4.7", None, "queue time expired", "receiver", False),
        ("5.4.4", None, "Host or domain name not found", "recipient", True),
        ("", None, "", "receiver", False),
    ],
)
def test_whose_fault(status: str, code: int | None, text: str, fault: str, suppress: bool) -> None:
    meaning = bounces.classify(status, code, text)
    assert (meaning.fault, meaning.suppress) == (fault, suppress), meaning
    if meaning.suppress:
        assert meaning.persistence == "never"


HOSTILE = {
    "empty": b"",
    "no header": b"\r\n\r\nhello",
    "zeros": b"\0" * 5000,
    "deep": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000)
    ),
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 20_000,
    "deep messages": b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    "long header": b"Subject: " + b"=?utf-8?q?" + b"=41" * 100_000 + b"?=\r\n\r\nx",
    "encoded words": b"Subject: " + b"=?utf-8?b?QQ==?= " * 20_000 + b"\r\n\r\nx",
    "bad charset": b'Content-Type: text/plain; charset="no\0such"\r\nSubject: =?nonsense?q?x?=\r\n\r\n\xff\xfe',
    "newlines": b"Subject: Re: x\r\n\r\n" + b"\r\n" * 200_000,
    "quotes": b"Subject: x\r\n\r\n" + b">" * 500_000,
    "on": b"Subject: x\r\n\r\n" + b"On " * 100_000,
    "underscores": b"Subject: x\r\n\r\n" + (b"_" * 30 + b"\r\n") * 20_000,
    "html": b"Content-Type: text/html\r\n\r\n" + b"<blockquote>" * 30_000,
    "codes": b"From: postmaster@x\r\nSubject: undeliverable\r\n\r\n" + b"550 " * 50_000,
    "report of "
    "reports": b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    + b"Action: failed\r\n\r\n" * 20_000,
    "addresses": b"From: " + b"a@b, " * 50_000 + b"\r\nReferences: " + b"<a@b> " * 50_000 + b"\r\n\r\nx",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mail_is_read_quickly_and_never_raises(raw: bytes) -> None:
    started = time.process_time()
    reading = read(raw, "x@example.com", "alice@lantern.example")
    assert time.process_time() - started < 5.0
    assert "\0" not in reading.text + reading.subject + reading.author


@given(st.binary(max_size=2000))
def test_any_bytes_are_some_mail(raw: bytes) -> None:
    read(raw, "x@example.com", "alice@lantern.example")


@given(
    st.sampled_from(corpus.EVERYTHING),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=4)), max_size=8),
)
def test_damaged_mail_is_still_read(sample: Sample, cuts: list[tuple[int, bytes]]) -> None:
    raw = corpus.raw(sample)
    for at, new in cuts:
        raw = raw[: at % (len(raw) + 1)] + new + raw[(at % (len(raw) + 1)) + 1 :]
    reading = read(raw, sample.sender, VERP)
    assert "\0" not in reading.text + reading.subject + reading.author + reading.author_name
    (reading.text + reading.subject + reading.author).encode("utf-8")


@given(st.text(max_size=3000))
def test_own_words_never_invents_any(text: str) -> None:
    words = answers.own_words(text)
    assert set(words) <= set(text) | {"\n"}


def test_readable_text_prefers_plain_and_skips_attachments() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n"
        b"Content-Disposition: attachment\r\n\r\nsecret\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--\r\n"
    )
    assert mime.readable_text(mime.parse(raw)).strip() == "plain"


def test_message_ids_are_taken_from_the_enclosed_original() -> None:
    reading = read(corpus.raw(corpus.POSTFIX), "", "postmaster@bounces.lantern.example")
    assert ID.strip("<>").split("@")[0] in reading.identities

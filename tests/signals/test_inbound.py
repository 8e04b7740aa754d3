"""Inbound mail has its effect once, and together with being stored."""

import asyncio
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError

from tests.signals import corpus
from tests.signals.corpus import BUYER
from tests.signals.scene import HOST, Scene, events, is_suppressed, message_id, types, verp
from tradewind.audience.models import Subscription, Suppression
from tradewind.ledger import tokens
from tradewind.ledger.models import Event, Message
from tradewind.ledger.words import EventType, MessageState
from tradewind.signals.inbound import act, server
from tradewind.signals.inbound.act import act_due, receive
from tradewind.signals.models import Inbound


def arrive(message: Message, sample: corpus.Sample, rcpt: str = "") -> Inbound:
    """The sample, about this message."""
    raw = corpus.raw(sample, verp(message), message_id(message))
    return receive(sample.sender, rcpt or verp(message), raw)


@pytest.fixture
def message(scene: Scene) -> Message:
    return scene.message(BUYER)


@pytest.mark.parametrize("sample", corpus.REPORTS, ids=lambda sample: sample.name)
def test_reports_change_what_they_should(message: Message, sample: corpus.Sample) -> None:
    inbound = arrive(message, sample)
    message.refresh_from_db()
    assert (inbound.kind, inbound.message_id) == ("dsn", message.pk)
    assert inbound.acted_at is not None
    assert is_suppressed(message.contact) is sample.suppress  # type: ignore[arg-type]
    if sample.action == "failed":
        assert message.state == MessageState.BOUNCED
        bounced = events(message, EventType.BOUNCED)[0]
        assert bounced.data["where"] == "after_acceptance"
        assert bounced.data["suppress"] is sample.suppress
        assert bounced.data["fault"] in ("recipient", "reputation", "content", "receiver")
    else:
        assert message.state == MessageState.ACCEPTED
        assert types(message) == (["deferred"] if sample.action == "delayed" else [])


def test_the_same_mail_twice_has_one_effect(message: Message) -> None:
    first, second = arrive(message, corpus.POSTFIX), arrive(message, corpus.POSTFIX)
    assert first.pk == second.pk
    assert types(message).count("bounced") == 1
    assert Suppression.objects.count() == 1


def test_a_report_for_an_unknown_message_makes_it_known(scene: Scene) -> None:
    lost, arrived = (scene.message(state=MessageState.UNKNOWN) for _ in range(2))
    arrive(lost, corpus.POSTFIX)
    arrive(arrived, corpus.POSTFIX_SUCCESS)
    lost.refresh_from_db()
    arrived.refresh_from_db()
    assert (lost.state, arrived.state) == (MessageState.BOUNCED, MessageState.ACCEPTED)


def test_a_report_that_outran_our_own_books_waits(scene: Scene) -> None:
    message = scene.message(state=MessageState.CLAIMED)
    inbound = arrive(message, corpus.POSTFIX)
    assert inbound.acted_at is None
    assert act_due() == 1
    message.state = MessageState.ACCEPTED
    message.save(update_fields=["state"])
    act_due()
    message.refresh_from_db()
    assert message.state == MessageState.BOUNCED
    assert not Inbound.objects.filter(acted_at=None).exists()
    assert act_due() == 0


@pytest.mark.parametrize("sample", [corpus.ARF, corpus.ARF_REDACTED], ids=lambda sample: sample.name)
def test_a_complaint_ends_it_all_at_once(message: Message, sample: corpus.Sample) -> None:
    arrive(message, sample, f"fbl@{HOST}")
    arrive(message, corpus.ARF, f"fbl@{HOST}")
    assert types(message).count("complained") == 1
    assert Suppression.objects.get().reason == "complained"
    assert Subscription.objects.get(contact=message.contact).state == "unsubscribed"


def test_not_spam_is_no_complaint(message: Message) -> None:
    inbound = arrive(message, corpus.NOT_SPAM, f"fbl@{HOST}")
    assert inbound.kind == "other"
    assert types(message) == []


def test_a_complaint_with_a_forged_token_hurts_nobody(message: Message) -> None:
    raw = corpus.raw(corpus.ARF, f"b+{'a' * 26}@{HOST}", f"<{'b' * 26}@lantern.example>")
    inbound = receive("x@evil.example", f"fbl@{HOST}", raw)
    assert inbound.message is None
    assert Event.objects.count() == 0
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize("sample", corpus.OUT_OF_OFFICE, ids=lambda sample: sample.name)
def test_absence_is_no_answer(message: Message, sample: corpus.Sample) -> None:
    arrive(message, sample)
    assert types(message) == ["auto_replied"]


@pytest.mark.parametrize("sample", corpus.REPLIES, ids=lambda sample: sample.name)
def test_answers(message: Message, sample: corpus.Sample) -> None:
    inbound = arrive(message, sample, "alice@lantern.example")
    (event,) = events(message)
    assert event.type == EventType.REPLIED
    assert event.data == {"provider": "gmail", "inbound": inbound.pk, "found_by": "message_id"}
    assert inbound.contact_id == message.contact_id


def test_an_answer_without_its_thread_is_found_by_who_writes(message: Message) -> None:
    raw = f"From: Anna <{BUYER.upper()}>\r\nSubject: Prices\r\n\r\nHow much is it?\r\n".encode()
    inbound = receive(BUYER, "alice@lantern.example", raw)
    assert (inbound.kind, inbound.message_id, inbound.facts["found_by"]) == ("reply", message.pk, "address")
    assert types(message) == ["replied"]


def test_a_strangers_mail_is_kept_but_answers_nothing(scene: Scene) -> None:
    inbound = receive(
        "new@stranger.example",
        "alice@lantern.example",
        b"From: new@stranger.example\r\nSubject: Hi\r\n\r\nPrice?\r\n",
    )
    assert (inbound.kind, inbound.workspace_id, inbound.text) == ("other", scene.workspace_id, "Price?")
    assert Event.objects.count() == 0


@pytest.mark.parametrize("sample", corpus.WISHES, ids=lambda sample: sample.name)
def test_a_wish_in_an_answer_is_done(message: Message, sample: corpus.Sample) -> None:
    arrive(message, sample, "alice@lantern.example")
    unsubscribed, replied = events(message)
    assert (unsubscribed.type, unsubscribed.data["way"]) == ("unsubscribed", "reply")
    assert (replied.type, replied.data["wish"]) == ("replied", "unsubscribe")
    assert is_suppressed(message.contact)  # type: ignore[arg-type]


def test_the_mailto_of_list_unsubscribe(message: Message) -> None:
    rcpt = f"u+{tokens.unsubscribe_token(message.pk)}@{HOST}"
    receive(BUYER, rcpt, b"From: somebody@else.example\r\nSubject: unsubscribe\r\n\r\nunsubscribe\r\n")
    assert [(event.type, event.data["way"]) for event in events(message)] == [("unsubscribed", "mailto")]
    assert is_suppressed(message.contact)  # type: ignore[arg-type]


def test_an_absence_note_to_the_mailto_is_no_wish(message: Message) -> None:
    rcpt = f"u+{tokens.unsubscribe_token(message.pk)}@{HOST}"
    receive(
        "",
        rcpt,
        b"From: x@y.example\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nAway\r\n",
    )
    assert types(message) == ["auto_replied"]


def test_when_the_effect_fails_the_mail_is_kept_and_tried_again(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> bool:
        raise RuntimeError("for once")

    with monkeypatch.context() as patch:
        patch.setattr(act, "mark_bounced", broken)
        inbound = arrive(message, corpus.POSTFIX)
    assert inbound.acted_at is None
    assert types(message) == []
    act_due()
    assert "bounced" in types(message)


def test_the_raw_mail_is_kept_as_it_came(message: Message) -> None:
    raw = corpus.raw(corpus.QQ, verp(message))
    inbound = receive("", verp(message), raw)
    inbound.refresh_from_db()
    assert bytes(inbound.raw) == raw


# --- The listener ----------------------------------------------------------------------------------------------------


@contextmanager
def listening(*, lmtp: bool = False) -> Iterator[int]:
    """The listener in a thread with a loop of its own; yields the port."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    ports: list[int] = []

    def run() -> None:
        listener = loop.run_until_complete(server.listen("127.0.0.1", 0, lmtp=lmtp))
        ports.append(listener.sockets[0].getsockname()[1])
        ready.set()
        loop.run_forever()
        listener.close()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def test_mail_is_taken_for_our_addresses_only(committed: Scene) -> None:
    message = committed.message(BUYER)
    good = [
        verp(message),
        f"u+{tokens.unsubscribe_token(message.pk)}@{HOST}",
        f"fbl@{HOST}",
        f"Postmaster@{HOST}",
        "anybody@lantern.example",
    ]
    bad = [
        f"b+{'a' * 26}@{HOST}",
        f"b+{tokens.unsubscribe_token(message.pk)}@{HOST}",
        f"somebody@{HOST}",
        "x@elsewhere.example",
        "x@sub.lantern.example",
    ]
    with listening() as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.ehlo("mx.buyers.example")
        client.mail("")
        assert {address: client.rcpt(address)[0] for address in good} == dict.fromkeys(good, 250)
        assert {address: client.rcpt(address)[0] for address in bad} == dict.fromkeys(bad, 550)


def test_250_means_stored(committed: Scene) -> None:
    message = committed.message(BUYER)
    raw = corpus.raw(corpus.POSTFIX, verp(message), message_id(message))
    with listening() as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail("", [verp(message)], raw)
        assert Inbound.objects.get().kind == "dsn"
    message.refresh_from_db()
    assert message.state == MessageState.BOUNCED


def test_lmtp_behind_a_mail_server(committed: Scene) -> None:
    message = committed.message(BUYER)
    raw = corpus.raw(corpus.REPLIES[0], verp(message), message_id(message))
    with listening(lmtp=True) as port, smtplib.LMTP("127.0.0.1", port) as client:
        client.sendmail(BUYER, ["alice@lantern.example"], raw)
    assert types(message) == ["replied"]


@pytest.mark.parametrize(
    "problem", [OperationalError("the connection is lost"), RuntimeError("a fault of ours")], ids=repr
)
def test_when_it_cannot_be_stored_the_sender_keeps_the_mail(
    committed: Scene, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    message = committed.message(BUYER)

    def away(*_: Any) -> None:
        raise problem

    monkeypatch.setattr(server, "receive", away)
    with listening() as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [verp(message)], b"Subject: x\r\n\r\nx\r\n")
        assert refused.value.smtp_code == 451


def test_too_large_a_mail_is_refused(committed: Scene) -> None:
    message = committed.message(BUYER)
    with listening() as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.ehlo()
        assert client.docmd("MAIL", f"FROM:<> SIZE={server.LARGEST + 1}")[0] == 552
        client.rset()
        with pytest.raises(smtplib.SMTPException):
            client.sendmail(
                "",
                [verp(message)],
                b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * (server.LARGEST // 70),
            )
    assert Inbound.objects.count() == 0

"""What came back stands in the trace: replies, bounces and hits, taken in by the program itself, in both languages."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation
from django.utils.html import escape

from tests.cast import Cast, assert_private
from tests.signals import corpus
from tests.signals.scene import CHROME
from tests.web_campaigns.scene import started
from tradewind.core import clock
from tradewind.ledger import tokens
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Event, Message
from tradewind.ledger.words import EventType
from tradewind.signals import judge
from tradewind.signals.inbound.act import receive
from tradewind.signals.models import Hit, Inbound
from tradewind.signals.words import SIGN_SENTENCES, VERDICT_LABELS, Sign, Verdict

LANGUAGES = ("en", "zh-hans")


@pytest.fixture
def message(cast: Cast) -> Message:
    """Accepted 20 minutes ago."""
    _, stage = started(cast, people=1)
    message = stage.messages[0]
    stage.happens(message, EventType.ACCEPTED, 1)
    stage.flush()
    message.accepted_at = clock.now() - timedelta(minutes=20)
    message.save(update_fields=["accepted_at"])
    return message


def arrive(message: Message, sample: corpus.Sample) -> Inbound:
    """The mail comes in by SMTP's last step: read, stored, acted upon."""
    domain = message.origin.domain
    verp = f"b+{tokens.verp_token(message.pk)}@{domain.return_path_host}"
    header = f"<{tokens.id_token(message.pk)}@{domain.name}>"
    raw = corpus.raw(sample, verp, header).replace(corpus.BUYER.encode(), message.email.encode())
    inbound = receive(sample.sender, verp, raw)
    assert (inbound.message_id, inbound.acted_at is None) == (message.pk, False)
    return inbound


def pages(cast: Cast, url: str) -> Iterator[str]:
    """The page in each language."""
    for language in LANGUAGES:
        cast.bob.language = language
        cast.bob.save(update_fields=["language"])
        answer = cast.client(cast.bob).get(url)
        assert answer.status_code == 200
        with translation.override(language):
            yield answer.content.decode()


def test_a_reply_is_quoted_with_its_conversation(cast: Cast, message: Message) -> None:
    sample = corpus.Sample(
        "reply", corpus.letter("Please quote 2,000 pcs <CIF Hamburg>.\n谢谢"), corpus.K.REPLY, corpus.BUYER
    )
    inbound = arrive(message, sample)
    event = Event.objects.get(message=message.pk, type=EventType.REPLIED)
    assert event.data["inbound"] == inbound.pk
    thread = cast.url("sales:thread", inbound.pk)
    said = {"en": "Open the conversation", "zh-hans": "打开会话"}
    for language, page in zip(LANGUAGES, pages(cast, cast.url("campaigns:message", message.pk)), strict=True):
        assert escape("Please quote 2,000 pcs <CIF Hamburg>.") in page
        assert f'href="{thread}"' in page
        assert said[language] in page
    for page in pages(cast, cast.url("audience:contact", message.contact_id)):
        assert "Please quote 2,000 pcs" in page
        assert f'href="{thread}"' in page
    assert_private(cast, thread)


@pytest.mark.parametrize("sample", [s for s in corpus.REPORTS if s.action == "failed"], ids=lambda s: s.name)
def test_a_bounce_says_what_the_report_says(cast: Cast, message: Message, sample: corpus.Sample) -> None:
    inbound = arrive(message, sample)
    event = Event.objects.get(message=message.pk, type=EventType.BOUNCED)
    assert event.data["inbound"] == inbound.pk
    words = event.data.get("text") or inbound.text.splitlines()[0]
    assert words
    for page in pages(cast, cast.url("campaigns:message", message.pk)):
        assert escape(words) in page
        assert f'href="{cast.url("sales:thread", inbound.pk)}"' in page
        assert "after_acceptance" not in page


def test_an_absence_note_is_quoted(cast: Cast, message: Message) -> None:
    text = "I am out of the office until 12 May."
    sample = corpus.Sample(
        "away", corpus.letter(text, extra="Auto-Submitted: auto-replied\n"), corpus.K.AUTO_REPLY
    )
    arrive(message, sample)
    for name, pk in (("campaigns:message", message.pk), ("audience:contact", message.contact_id)):
        for page in pages(cast, cast.url(name, pk)):
            assert text in page


def test_a_mail_of_another_message_is_not_quoted(cast: Cast, message: Message) -> None:
    """An event cannot show the mail of somebody else, whatever number it carries."""
    other = Inbound.objects.create(
        workspace=cast.elsewhere, kind="reply", rcpt_to="x@y", text="Their secret", raw=b"", digest=b"other"
    )
    record(
        [
            NewEvent(
                cast.workspace.pk, EventType.REPLIED, clock.now(), origin_id=message.origin_id, message_id=message.pk,
                contact_id=message.contact_id, data={"inbound": other.pk},
            )
        ]
    )  # fmt: skip
    for name, pk in (("campaigns:message", message.pk), ("audience:contact", message.contact_id)):
        for page in pages(cast, cast.url(name, pk)):
            assert "Their secret" not in page


def test_hits_say_who_it_was_and_why(cast: Cast, message: Message) -> None:
    common: dict[str, Any] = {
        "workspace_id": message.workspace_id,
        "message": message,
        "method": "GET",
        "ip": "198.51.100.9",
    }
    link = message.origin.version.links.order_by("position")[0]
    Hit.objects.create(
        **common, kind="open", at=clock.now() - timedelta(minutes=19, seconds=58), user_agent="curl/8.5"
    )
    Hit.objects.create(
        **common,
        kind="open",
        at=clock.now() - timedelta(minutes=9),
        user_agent=CHROME,
        headers={"accept-language": "de"},
    )
    Hit.objects.create(
        **common, kind="click", at=clock.now() - timedelta(minutes=8), user_agent=CHROME, link=link,
        headers={"accept-language": "de"},
    )  # fmt: skip
    assert judge.judge_due() == 1  # message
    hits = list(Hit.objects.order_by("pk"))
    assert [Verdict(hit.verdict).is_machine for hit in hits] == [True, False, False]
    assert Verdict(hits[2].verdict).is_people
    for language, page in zip(LANGUAGES, pages(cast, cast.url("campaigns:message", message.pk)), strict=True):
        assert page.count("<li data-step=") >= len(hits)
        with translation.override(language):
            for hit in hits:
                assert escape(str(VERDICT_LABELS[Verdict(hit.verdict)])) in page
                assert hit.reasons
                for reason in hit.reasons:
                    sentence = str(SIGN_SENTENCES[Sign(reason["sign"])]) % reason
                    assert escape(sentence) in page, (language, sentence)

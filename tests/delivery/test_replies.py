"""What replies mean. Above all: a block of us must never count against an address."""

import time
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tradewind.delivery.replies import sentences
from tradewind.delivery.replies.classify import classify, classify_error, stated_wait
from tradewind.delivery.replies.reactions import reaction
from tradewind.delivery.replies.rules import RuleError, read, rule_book
from tradewind.delivery.replies.words import Fault, Persistence
from tradewind.delivery.retry import JITTER, SCHEDULES, wait_seconds
from tradewind.delivery.smtp.errors import (
    AuthError,
    ConnectError,
    Disconnected,
    Phase,
    SessionRefused,
    SmtpError,
    TlsError,
)
from tradewind.delivery.smtp.replies import Reply, parse_reply
from tradewind.senders.providers import catalogue


def _corpus() -> list[tuple[str, str, str, str]]:
    lines = Path(__file__).with_name("replies.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ", 3) for line in lines if not line.startswith("#")]
    return [(provider, reply.replace("\\n", "\n"), fault, stays) for provider, fault, stays, reply in rows]


CORPUS = _corpus()
LISTED = Reply(554, ("5.7.1 blocked using spamhaus",))


@pytest.mark.parametrize(("provider", "text", "fault", "persistence"), CORPUS)
def test_corpus(provider: str, text: str, fault: str, persistence: str) -> None:
    found = classify(parse_reply(text), provider=provider)
    assert (found.fault, found.persistence) == (fault, persistence), found.rule


@pytest.mark.parametrize(("provider", "text", "fault", "persistence"), CORPUS)
def test_only_a_dead_mailbox_suppresses(provider: str, text: str, fault: str, persistence: str) -> None:
    found = classify(parse_reply(text), provider=provider)
    assert reaction(found).suppress is (fault == "recipient" and persistence == "never")


def test_never_stands_only_for_recipients() -> None:
    """A wrong suppression is worse than a missed one: no rule about us may end an address."""
    for rule in rule_book().rules:
        assert rule.persistence is not Persistence.NEVER or rule.fault is Fault.RECIPIENT, rule.id


@given(
    st.integers(400, 599),
    st.text(max_size=200),
    st.sampled_from(sorted(catalogue())),
    st.sampled_from(list(Phase)),
)
def test_every_reply_has_a_meaning_and_sentences(code: int, text: str, provider: str, phase: Phase) -> None:
    found = classify(Reply(code, (text,)), provider=provider, phase=phase)
    assert found.rule and sentences.meaning(found) and sentences.consequences(found)
    if found.suppresses:
        assert code >= 500 and reaction(found).retry is False


def test_temporary_replies_never_suppress() -> None:
    for rule in rule_book().rules:
        if rule.persistence is Persistence.NEVER:
            assert rule.code_class == 5 or (rule.codes and min(rule.codes) >= 500), rule.id


def test_the_provider_is_found_from_the_host() -> None:
    reply = parse_reply("550 Mailbox unavailable or access denined")
    assert classify(reply, host="mx3.qq.com").rule == "qq.frequency"
    assert classify(reply, host="mx.small.test").rule != "qq.frequency"


def test_names_in_rules_exist() -> None:
    for rule in rule_book().rules:
        assert rule.sentence in sentences.SENTENCES, rule.id
        assert rule.schedule in SCHEDULES, rule.id
        assert rule.providers <= set(catalogue()) | {"relay"}, rule.id
        assert rule.phases <= set(Phase), rule.id
        assert rule.source, rule.id


def test_rules_with_mistakes_are_named() -> None:
    with pytest.raises(RuleError, match="bad"):
        read(
            'version = 1\n[[rule]]\nid = "bad"\nfault = "nobody"\npersistence = "stop"\nsentence = "refused"\n'
        )
    with pytest.raises(RuleError, match="lower-case"):
        read('version=1\n[[rule]]\nid="b"\nfault="ours"\npersistence="stop"\nsentence="x"\ntexts=["ABC"]\n')


def test_matching_is_linear() -> None:
    reply = Reply(550, ("wait " * 200_000,))
    start = time.perf_counter()
    classify(reply)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("greylisted, please try again in 300 seconds", 300),
        ("try again later, retry in 5 minutes", 300),
        ("please wait 2 hours", 7200),
        ("come back in 2s", 30),
        ("try again in 99999 hours", 12 * 3600),
        ("4.7.1 try again", None),
        ("see rfc 5321", None),
    ],
)
def test_stated_waits(text: str, seconds: float | None) -> None:
    assert stated_wait(text) == seconds


@pytest.mark.parametrize(
    ("error", "fault", "where"),
    [
        (ConnectError(Phase.CONNECT, "refused"), Fault.NETWORK, Phase.CONNECT),
        (Disconnected(Phase.MAIL, "gone"), Fault.NETWORK, Phase.MAIL),
        (TlsError(Phase.TLS, "handshake"), Fault.RECEIVER, Phase.TLS),
        (AuthError(Phase.AUTH, "no", Reply(535, ("5.7.8 no",))), Fault.OURS, Phase.AUTH),
        (SessionRefused(Phase.GREETING, "no", LISTED), Fault.REPUTATION, Phase.GREETING),
    ],
)
def test_broken_sessions(error: SmtpError, fault: Fault, where: Phase) -> None:
    found = classify_error(error)
    assert (found.fault, found.where) == (fault, where)
    assert reaction(found).retry and not reaction(found).suppress


@given(st.sampled_from(sorted(SCHEDULES)), st.integers(1, 50), st.floats(0, 1))
def test_waits_grow_and_are_bounded(schedule: str, attempts: int, chance: float) -> None:
    wait = wait_seconds(schedule, attempts, None, lambda: chance)
    assert 4 * 60 - 0.001 <= wait <= 480 * 60 * (1 + JITTER) + 0.001  # floats
    assert wait_seconds(schedule, attempts + 1, None, lambda: 0.5) >= wait_seconds(
        schedule, attempts, None, lambda: 0.5
    )


@given(st.integers(1, 50), st.floats(30, 43200), st.floats(0, 1))
def test_a_stated_wait_is_never_cut_short(attempts: int, stated: float, chance: float) -> None:
    assert wait_seconds("usual", attempts, stated, lambda: chance) >= stated


def test_every_sentence_is_translated() -> None:
    catalogue_file = Path(sentences.__file__).parents[1] / "locale/zh_Hans/LC_MESSAGES/django.po"
    entries = catalogue_file.read_text(encoding="utf-8")
    with translation.override("en"):
        for text in (*sentences.SENTENCES.values(), *sentences.FAULTS.values()):
            assert f'msgid "{text}"\nmsgstr "' in entries
    assert 'msgstr ""\n\n' not in entries.partition("\n\n")[2]

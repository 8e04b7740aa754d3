"""Protocol parsing and building, without any connection."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.delivery.smtp import commands
from tradewind.delivery.smtp.capabilities import parse_ehlo
from tradewind.delivery.smtp.replies import (
    MAX_LINE,
    MAX_LINES,
    Reply,
    ReplyParser,
    ReplySyntaxError,
    parse_reply,
)


def parse(*chunks: bytes) -> list[Reply]:
    parser = ReplyParser()
    return [reply for chunk in chunks for reply in parser.feed(chunk)]


def test_single_and_multi_line_replies() -> None:
    assert parse(b"250 ok\r\n250-a\r\n250-b\r\n250 c\r\n") == [
        Reply(250, ("ok",)),
        Reply(250, ("a", "b", "c")),
    ]


def test_a_bare_code_is_a_reply() -> None:
    assert parse(b"250\r\n") == [Reply(250, ("",))]


@given(st.lists(st.integers(1, 30), max_size=30))
def test_it_does_not_matter_how_the_bytes_are_cut(cuts: list[int]) -> None:
    data = b"220 hi\r\n250-one\r\n250-5.1.1 two\r\n250 three\r\n550 5.1.1 no\r\n"
    chunks, rest = [], data
    for cut in cuts:
        chunks.append(rest[:cut])
        rest = rest[cut:]
    assert parse(*chunks, rest) == parse(data)


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n",
        b"\r\n",
        b"25 ok\r\n",
        b"999 ok\r\n",
        b"100 ok\r\n",
        b"250_ok\r\n",
        b"250-a\r\n550 b\r\n",
        b"x" * (MAX_LINE + 1),
        b"250 " + b"x" * MAX_LINE + b"\r\n",
        b"250-x\r\n" * (MAX_LINES + 1),
        b"HTTP/1.1 400 Bad Request\r\n",
    ],
)
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(ReplySyntaxError):
        parse(garbage)


def test_control_characters_and_wrong_encodings_never_reach_the_text() -> None:
    (reply,) = parse(b"550 5.1.1 a\x00b\x1b[31m\xff\xe9\r\n")
    assert all(ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0 for c in reply.text)


def test_enhanced_code_must_agree_with_the_reply_code() -> None:
    assert Reply(550, ("5.7.26 no",)).enhanced == "5.7.26"
    assert Reply(550, ("4.7.26 no",)).enhanced is None
    assert Reply(550, ("5.7.26.1 no",)).enhanced is None
    assert Reply(550, ("no 5.7.26",)).enhanced is None


def test_text_says_a_repeated_enhanced_code_once() -> None:
    assert Reply(550, ("5.7.26 a", "5.7.26 b")).text == "5.7.26 a b"


def test_pasted_replies() -> None:
    assert parse_reply("550-5.7.26 This\n550 5.7.26 mail") == Reply(550, ("5.7.26 This", "5.7.26 mail"))
    assert parse_reply("  421 4.7.0 wait\n a bit ") == Reply(421, ("4.7.0 wait", "a bit"))
    with pytest.raises(ReplySyntaxError):
        parse_reply("nonsense")


def test_capabilities() -> None:
    lines = (
        "mx.test hi",
        "pipelining",
        "SIZE 35882577",
        "8BITMIME",
        "STARTTLS",
        "AUTH=LOGIN",
        "AUTH PLAIN cram-md5",
    )
    found = parse_ehlo(Reply(250, lines))
    assert found.pipelining and found.eight_bit and found.starttls and not found.smtputf8
    assert found.size_limit == 35882577
    assert found.auth == {"LOGIN", "PLAIN", "CRAM-MD5"}
    assert parse_ehlo(Reply(250, ("x", "SIZE 0"))).size_limit is None
    assert parse_ehlo(Reply(250, ("x", "SIZE lots", ""))).size_limit is None


@pytest.mark.parametrize(
    "address",
    [
        "a@b.test\r\nRCPT TO:<x@y.test>",
        "a b@c.test",
        "a@b.test>",
        "<a@b.test",
        '"a"@b.test',
        "a\\@b.test",
        "a@",
        "@b.test",
        "nothing",
        "a\x00@b.test",
        "a@b.test\x7f",
        "a\u2028@b.test",
        "a" * 400 + "@b.test",
        "a@\u202e.test",
    ],
)
def test_addresses_that_could_split_a_command_are_refused(address: str) -> None:
    with pytest.raises(commands.UnsafeCommandError):
        commands.rcpt_to(address)


@given(st.text(max_size=40))
def test_whatever_gets_through_is_one_line(text: str) -> None:
    try:
        command = commands.rcpt_to(text + "@example.test", smtputf8=True)
    except commands.UnsafeCommandError:
        return
    assert command.count(b"\r") == command.count(b"\n") == 1
    assert command.count(b">") == command.count(b"<") == 1
    assert len(command.split()) == 2


def test_idn_domains_become_a_labels() -> None:
    assert commands.rcpt_to("li@例子.测试") == b"RCPT TO:<li@xn--fsqu00a.xn--0zwm56d>\r\n"
    assert commands.needs_smtputf8("李@example.test") and not commands.needs_smtputf8("li@例子.测试")


def test_mail_from_parameters() -> None:
    full = commands.mail_from("a@b.test", size=10, eight_bit=True, smtputf8=True)
    assert full == b"MAIL FROM:<a@b.test> SIZE=10 BODY=8BITMIME SMTPUTF8\r\n"
    assert commands.mail_from("") == b"MAIL FROM:<>\r\n"


@given(st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b".\r\n", b"\r\n.\r\n"]), max_size=20))
def test_dot_stuffing_comes_undone_at_the_receiver_and_never_ends_early(parts: list[bytes]) -> None:
    message = b"".join(parts).replace(b"\r\n.\r\n", b"\r\n.\r\n") + b"\r\n"
    stuffed = commands.dot_stuffed(message)
    lines = stuffed.split(b"\r\n")
    assert b"." not in lines
    assert b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines) == message


@pytest.mark.parametrize(
    "bad", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n\n", b"a", b"a\0\r\n", b"\n.\r\n", b"x\r\r\n"]
)
def test_bare_line_ends_are_refused(bad: bytes) -> None:
    with pytest.raises(commands.UnsafeCommandError):
        commands.check_line_ends(bad)


def test_cram_md5_of_rfc_2195() -> None:
    challenge = base64.b64encode(b"<1896.697170952@postoffice.reston.mci.net>").decode()
    answer = commands.auth_cram_md5_answer(challenge, "tim", "tanstaaftanstaaf")
    assert base64.b64decode(answer) == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_auth_secrets_with_nul_are_refused() -> None:
    with pytest.raises(commands.UnsafeCommandError):
        commands.auth_plain("a", "b\0c")

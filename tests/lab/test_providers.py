"""What the providers say, over the wire."""

import smtplib
import socket
import time

import pytest

from tests.lab.exporter import DOMAIN, Exporter
from tradewind.lab.providers import ProviderError, format_reply, load

UNKNOWN = {
    "gmail.com": (550, "NoSuchUser"),
    "outlook.com": (550, "5.5.0 Requested action not taken: mailbox unavailable"),
    "yahoo.com": (554, "This user doesn't have a yahoo.com account"),
    "icloud.com": (550, "5.1.1"),
    "gmx.de": (550, "mailbox unavailable"),
    "web.de": (550, "mailbox unavailable"),
    "qq.com": (550, "Mailbox not found"),
    "163.com": (550, "Invalid User"),
    "yandex.ru": (550, "No such user"),
    "mail.ru": (550, "user not found"),
    "orange.fr": (550, "OFR_416"),
}


@pytest.mark.parametrize("domain", UNKNOWN)
def test_unknown_users_hear_the_providers_own_words(exporter: Exporter, domain: str) -> None:
    address = f"ghost@{domain}"
    exporter.lab.person(address, state="unknown")
    number, (code, text) = exporter.send(address)
    assert (code, UNKNOWN[domain][1] in text.decode()) == (UNKNOWN[domain][0], True)
    row = exporter.row(address, number)
    assert (row["refused"], row["accepted"]) == (1, 0)
    assert exporter.lab.books()["refused"] == 1


@pytest.mark.parametrize("domain", UNKNOWN)
def test_known_users_get_authenticated_mail(exporter: Exporter, domain: str) -> None:
    address = f"li@{domain}"
    exporter.lab.person(address, state="ok", folder="inbox")
    exporter.lab.habits("*", limits=False)
    number, (code, text) = exporter.send(address)
    assert code == 250, text
    row = exporter.row(address, number)
    assert (row["spf"], row["dkim"], row["dmarc"], row["folder"]) == ("pass", "pass", "pass", "inbox")
    assert row["message_id"] == f"m{number}@{DOMAIN}"


def test_multi_line_replies_repeat_the_enhanced_code(exporter: Exporter) -> None:
    exporter.lab.person("ghost@gmail.com", state="unknown")
    client = exporter.connect("ghost@gmail.com")
    client.mail(f"b@bounce.{DOMAIN}")
    _, text = client.rcpt("ghost@gmail.com")
    client.close()
    assert all(line.startswith(b"5.1.1 ") for line in text.split(b"\n"))
    assert format_reply("421 4.7.28 one\ntwo") == "421-4.7.28 one\r\n421 4.7.28 two"
    assert format_reply("250 OK") == "250 OK"
    with pytest.raises(ProviderError):
        format_reply("hello")


def test_full_boxes_are_deferred_at_gmail_and_refused_at_gmx(exporter: Exporter) -> None:
    exporter.lab.person("full@gmail.com", state="full")
    exporter.lab.person("full@gmx.de", state="full")
    assert exporter.send("full@gmail.com")[1][0] == 452
    assert exporter.send("full@gmx.de")[1][0] == 552


@pytest.mark.parametrize(
    ("domain", "words"),
    [("gmail.com", "5.7.26"), ("outlook.com", "5.7.515"), ("yahoo.com", "5.7.9"), ("gmx.de", "DKIM")],
)
def test_mail_without_authentication_is_refused(exporter: Exporter, domain: str, words: str) -> None:
    address = f"li@{domain}"
    exporter.lab.person(address, state="ok")
    exporter.lab.habits("*", limits=False)
    exporter.lab.publish([{"name": f"bounce.{DOMAIN}", "type": "TXT", "data": "v=spf1 -all"}])
    exporter.lab.publish([{"name": f"_dmarc.{DOMAIN}", "type": "TXT", "data": "v=DMARC1; p=none"}])
    _, (code, text) = exporter.send(address, signed=False)
    assert code // 100 == 5
    assert words in text.decode()


def test_reverse_dns_is_asked_for(exporter: Exporter) -> None:
    exporter.lab.person("li@gmail.com", state="ok")
    exporter.lab.withdraw([{"name": "1.0.0.127.in-addr.arpa", "type": "PTR"}])
    assert b"5.7.25" in exporter.send("li@gmail.com")[1][1]


def test_gmail_wants_tls(exporter: Exporter) -> None:
    client = exporter.connect("li@gmail.com", tls=False)
    code, _ = client.mail(f"b@bounce.{DOMAIN}")
    client.close()
    assert code == 530


def test_bulk_without_one_click_is_refused_where_a_test_orders_it(exporter: Exporter) -> None:
    exporter.lab.person("li@gmail.com", state="ok")
    exporter.lab.habits("gmail", one_click="reject", bulk_after=0)
    assert exporter.send("li@gmail.com", bulk=False)[1][0] == 550
    assert exporter.send("li@gmail.com")[1][0] == 250


def test_greylisting_passes_after_a_while(exporter: Exporter) -> None:
    address = "buyer@greyfirm.test"
    exporter.lab.call("POST", "/people", [address])
    exporter.lab.habits("*", greylist=200.0, deferral_share=0.0)  # a tenth of a second at this pace
    exporter.lab.person(address, state="ok")
    number, (code, _) = exporter.send(address)
    assert code == 451
    time.sleep(0.15)
    assert exporter.send(address, number=number)[1][0] == 250
    row = exporter.row(address, number)
    assert (row["deferred"], row["accepted"], exporter.lab.books()["accepted"]) == (1, 1, 1)


def test_too_many_connections_and_messages(exporter: Exporter) -> None:
    exporter.lab.habits("icloud", max_connections=2, messages_per_connection=1)
    exporter.lab.person("li@icloud.com", state="ok")
    first, second = exporter.connect("li@icloud.com"), exporter.connect("li@icloud.com")
    with pytest.raises((smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected)):
        exporter.connect("li@icloud.com")
    first.sendmail(
        f"b@bounce.{DOMAIN}", ["li@icloud.com"], exporter.signed(exporter.letter("li@icloud.com", 1))
    )
    code, text = first.mail(f"b2@bounce.{DOMAIN}")
    assert (code, b"Too many messages" in text) == (421, True)
    first.close()
    second.close()


def test_rates_by_lab_minute(exporter: Exporter) -> None:
    exporter.lab.habits("qq", rate_per_minute=0)
    exporter.lab.person("li@qq.com", state="ok")
    _, (code, text) = exporter.send("li@qq.com")
    assert (code, b"access denined" in text) == (550, True)


def test_orders_defer_refuse_slow_down_and_close(exporter: Exporter) -> None:
    exporter.lab.person("li@yahoo.com", state="ok", folder="inbox")
    exporter.lab.habits("yahoo", reply="451 4.3.2 [TS03] not now", stage="rcpt", times=1, limits=False)
    assert exporter.send("li@yahoo.com")[1][0] == 451
    assert exporter.send("li@yahoo.com")[1][0] == 250
    exporter.lab.habits("yahoo", slow=0.2)
    started = time.monotonic()
    exporter.connect("li@yahoo.com", tls=False).close()
    assert time.monotonic() - started >= 0.4
    exporter.lab.habits("yahoo", restore=True, down=True)
    with pytest.raises(ConnectionRefusedError):
        exporter.connect("li@yahoo.com")
    exporter.lab.habits("yahoo", restore=True)
    exporter.connect("li@yahoo.com").close()


@pytest.mark.parametrize(("drop", "accepted"), [("filed", 1), ("lost", 0)])
def test_connections_are_dropped_after_the_final_dot(exporter: Exporter, drop: str, accepted: int) -> None:
    exporter.lab.person("li@gmail.com", state="ok")
    exporter.lab.habits("gmail", drop_after_dot=drop)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        exporter.send("li@gmail.com")
    assert exporter.lab.books()["accepted"] == accepted


def test_unsensible_habits_are_answered_with_a_reason(exporter: Exporter) -> None:
    from tradewind.lab.testing import LabError

    with pytest.raises(LabError, match="is no habit"):
        exporter.lab.habits("gmail", colour="red")
    with pytest.raises(LabError, match="is no provider"):
        exporter.lab.habits("gmial", limits=False)
    with pytest.raises(LabError, match="must be of type int"):
        exporter.lab.habits("gmail", max_connections="many")


def test_only_crlf_dot_crlf_ends_a_message(exporter: Exporter) -> None:
    known = exporter.lab.person("li@yahoo.com", state="ok")
    exporter.lab.habits("yahoo", limits=False)
    with socket.create_connection((known["mx_address"], exporter.lab.smtp_port), timeout=5) as sock:
        talk = sock.makefile("rwb")
        assert talk.readline().startswith(b"220")
        talk.write(b"EHLO x.test\r\nMAIL FROM:<b@bounce.teamaker.test>\r\nRCPT TO:<li@yahoo.com>\r\nDATA\r\n")
        talk.flush()
        while not talk.readline().startswith(b"354"):
            pass
        smuggled = b"MAIL FROM:<admin@yahoo.com>\r\nRCPT TO:<li@yahoo.com>\r\nDATA\r\nFrom: x\r\n"
        talk.write(exporter.signed(exporter.letter("li@yahoo.com", 1)) + b"\n.\r\n" + smuggled + b"\r\n.\r\n")
        talk.write(b"QUIT\r\n")
        talk.flush()
        assert talk.readline().startswith(b"550 5.6.11")
        assert talk.readline().startswith(b"221")
    assert exporter.lab.books()["accepted"] == 0


def test_dots_are_unstuffed_and_the_message_kept_to_the_octet(exporter: Exporter) -> None:
    exporter.lab.person("li@yahoo.com", state="ok", folder="inbox")
    exporter.lab.habits("yahoo", limits=False)
    raw = exporter.letter("li@yahoo.com", 77).replace(b"Hello,", b".Hello\r\n..two\r\n.")
    raw = exporter.signed(raw)
    client = exporter.connect("li@yahoo.com")
    client.sendmail(f"b+77@bounce.{DOMAIN}", ["li@yahoo.com"], raw)
    client.close()
    assert exporter.row("li@yahoo.com", 77)["dkim"] == "pass"
    import urllib.request

    with urllib.request.urlopen(f"{exporter.lab.http_url}/raw/li@yahoo.com/1") as answer:
        assert answer.read().endswith(raw)


def test_every_provider_table_is_complete() -> None:
    catalogue = load()
    assert len(catalogue) >= 10
    for provider in catalogue.values():
        assert provider.mx
        assert provider.domains or provider.hosting
        for name in provider.replies:
            assert provider.reply(name, {}).split("\r\n")[-1][3] == " "

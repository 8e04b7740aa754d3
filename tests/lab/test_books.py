"""The books and the boxes, and that they survive a kill; IMAP and the pages."""

import imaplib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.exporter import DOMAIN, Exporter, Inbound, Web, records
from tradewind.lab.books import TOTALS, Books
from tradewind.lab.testing import LabProcess


def test_a_row_is_one_recipient_and_message(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.attempt("a@x.test", "b+1@s.test", "gmail", "451 4.7.1 later")
    books.attempt("a@x.test", "b+1@s.test", "gmail", "250 ok", "m1@s.test")
    books.attempt("a@x.test", "b+1@s.test", "gmail", "250 ok", "m1@s.test")
    books.attempt("b@x.test", "b+2@s.test", "yahoo", "550 5.1.1 no")
    books.attempt("c@x.test", "b+3@s.test", "yahoo", "550 5.7.1 no", "m3@s.test")
    books.attempt("c@x.test", "b+3@s.test", "yahoo", "451 4.7.1 later", "m3@s.test")
    totals = books.totals()
    assert (totals["accepted"], totals["duplicates"], totals["refused"]) == (1, 1, 1)
    assert totals["by_provider"]["yahoo"]["refused"] == 1
    assert list(totals) == [*TOTALS, "by_provider"]
    books.close()
    again = Books(tmp_path)
    assert again.totals() == totals
    assert again.attempt("a@x.test", "b+1@s.test", "gmail", "250 ok", "m1@s.test").accepted == 3
    again.close()


def test_one_return_path_for_many_messages(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.attempt("a@x.test", "news@s.test", "gmail", "250 ok", "m1@s.test")
    books.attempt("a@x.test", "news@s.test", "gmail", "451 later")
    books.attempt("a@x.test", "news@s.test", "gmail", "250 ok", "m2@s.test")
    assert (books.totals()["accepted"], books.totals()["duplicates"], len(books.rows)) == (2, 0, 2)
    books.close()


def test_a_cut_last_line_is_left_out(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.attempt("a@x.test", "b+1@s.test", "gmail", "250 ok", "m1@s.test")
    books.close()
    with (tmp_path / "books.jsonl").open("ab") as file:
        file.write(b'{"id": 1, "acc')
    again = Books(tmp_path)
    assert again.totals()["accepted"] == 1
    again.close()


@pytest.fixture
def killed(tmp_path: Path, inbound: Inbound, web: Web) -> Iterator[tuple[LabProcess, LabProcess]]:
    first = LabProcess(state=tmp_path, inbound_port=inbound.port).start()
    second = LabProcess(state=tmp_path, inbound_port=inbound.port)
    yield first, second
    first.stop()
    second.stop()


def test_books_and_boxes_survive_a_kill(
    killed: tuple[LabProcess, LabProcess], inbound: Inbound, web: Web
) -> None:
    first, second = killed
    first.publish(records())
    exporter = Exporter(first, inbound, web)
    first.person("li@web.de", state="ok", folder="inbox", opens=False)
    first.habits("*", limits=False)
    _, (code, _) = exporter.send("li@web.de")
    assert code == 250
    before = first.rows()
    first.kill()
    second.start()
    assert second.rows() == before
    with urllib.request.urlopen(f"{second.http_url}/raw/li@web.de/1") as answer:
        assert b"New teas for spring" in answer.read()


def test_reset_empties_the_books(exporter: Exporter) -> None:
    exporter.lab.person("ghost@web.de", state="unknown")
    exporter.send("ghost@web.de")
    assert exporter.lab.books()["refused"] == 1
    exporter.lab.reset()
    assert exporter.lab.books()["refused"] == 0
    assert exporter.lab.rows() == []


def fill(exporter: Exporter) -> None:
    exporter.lab.habits("*", limits=False)
    for subject, folder in (("Spring tea", "inbox"), ("Summer tea", "inbox"), ("FREE TEA", "spam")):
        exporter.lab.person("li@gmail.com", state="ok", folder=folder, opens=False, prefetch=False)
        assert exporter.send("li@gmail.com", subject=subject)[1][0] == 250


def test_imap_with_the_stock_client(exporter: Exporter) -> None:
    fill(exporter)
    client = imaplib.IMAP4("127.0.0.1", exporter.lab.imap_port)
    with pytest.raises(imaplib.IMAP4.error):
        client.login("li@gmail.com", "wrong")
    client.login("li@gmail.com", "lab")
    folders = b"\n".join(line for line in client.list()[1] if isinstance(line, bytes))
    assert b'\\Junk) "/" "[Gmail]/Spam"' in folders
    assert client.select("INBOX", readonly=True) == ("OK", [b"2"])
    assert client.search(None, "ALL") == ("OK", [b"1 2"])
    assert client.search(None, "SUBJECT", '"summer"') == ("OK", [b"2"])
    assert client.search(None, "UNSEEN", "HEADER", "Message-ID", DOMAIN) == ("OK", [b"1 2"])
    data = client.fetch("2", "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[])")[1]
    assert isinstance(data[0], tuple)
    assert b"UID 2" in data[0][0]
    assert b"Summer tea" in data[0][1]
    assert b"Authentication-Results: " in data[0][1]
    fields = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
    assert fields[0][1] == b"Subject: Spring tea\r\n\r\n"
    assert client.select('"[Gmail]/Spam"', readonly=True) == ("OK", [b"1"])
    assert client.uid("SEARCH", "HEADER", "Subject", "FREE") == ("OK", [b"3"])
    assert client.select("Nowhere")[0] == "NO"
    client.logout()


def test_imap_password_can_be_set(exporter: Exporter) -> None:
    exporter.lab.person("li@gmail.com", password='sec"ret')
    client = imaplib.IMAP4("127.0.0.1", exporter.lab.imap_port)
    client.login("li@gmail.com", 'sec"ret')
    client.logout()
    exporter.lab.person("li@gmail.com", password=None)


def test_pages_show_letters_without_loading_anything(exporter: Exporter) -> None:
    fill(exporter)

    def page(path: str) -> str:
        with urllib.request.urlopen(exporter.lab.http_url + path) as answer:
            return str(answer.read().decode())

    assert "/box/li@gmail.com" in page("/")
    assert "FREE TEA" in page("/box/li@gmail.com")
    letter = page("/box/li@gmail.com/1")
    assert "<iframe sandbox" in letter
    assert "Authentication-Results" in letter
    assert "&lt;img src=" in letter
    assert exporter.web.hits == []


def test_rows_can_be_asked_for_by_recipient_and_provider(exporter: Exporter) -> None:
    fill(exporter)
    assert len(exporter.lab.rows(recipient="li@gmail.com")) == 3
    assert exporter.lab.rows(provider="yahoo") == []
    assert json.loads(json.dumps(exporter.lab.books()))["by_provider"]["gmail"]["accepted"] == 3

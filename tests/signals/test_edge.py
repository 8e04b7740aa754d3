"""What mails link to: pictures, links, the way out."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.signals.scene import CHROME, Scene, events, is_suppressed
from tests.signals.web import Got, ask, visit, visits, with_edge
from tradewind.audience.models import Subscription
from tradewind.ledger import tokens
from tradewind.ledger.models import Event
from tradewind.ledger.words import EventType
from tradewind.signals.edge import Edge
from tradewind.signals.models import Hit

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"


def test_an_open_gets_its_pixel_and_is_stored_as_it_came(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    got = visit(
        tmp_path,
        f"/t/o/{tokens.open_token(message.pk)}.gif",
        user_agent=CHROME,
        accept_language="de-DE",
        cookie="x=1",
    )
    assert (got.status, got.headers["content-type"]) == (200, "image/gif")
    assert got.body.startswith(b"GIF89a")
    assert "no-store" in got.headers["cache-control"]
    hit = Hit.objects.get()
    assert (hit.kind, hit.message_id, hit.ip, hit.user_agent) == ("open", message.pk, "198.51.100.7", CHROME)
    assert hit.workspace_id == committed.workspace_id
    assert hit.headers == {"accept-language": "de-DE"}, "cookies and the like are nobody's business"


def test_a_click_leads_to_the_links_own_address(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    plain, filled = (tokens.click_token(message.pk, link.pk) for link in committed.links[:2])
    first, second = visits(tmp_path, [{"path": f"/t/c/{plain}"}, {"path": f"/t/c/{filled}"}])
    assert (first.status, first.headers["location"]) == (302, "https://lantern.example/catalogue?a=1&b=2")
    assert second.headers["location"] == "https://lantern.example/price?for=Anna"
    assert list(Hit.objects.order_by("id").values_list("link_id", flat=True)) == [
        link.pk for link in committed.links[:2]
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/",
        "/relative",
        "https://",
        "ftp://x.example",
        "https://a\nb/",
        "{{ x",
    ],
)
def test_a_click_never_leads_where_no_browser_should_go(committed: Scene, tmp_path: Path, url: str) -> None:
    link = committed.links[0]
    link.url = url
    link.save(update_fields=["url"])
    got = visit(tmp_path, f"/t/c/{tokens.click_token(committed.message().pk, link.pk)}")
    assert got.status in (302, 404)
    if got.status == 302:
        assert got.headers["location"] == "https://ab/", "line ends are dropped, as browsers do"
    assert Hit.objects.count() == 1, "the request is evidence all the same"


def test_the_target_cannot_be_given_in_the_request(committed: Scene, tmp_path: Path) -> None:
    token = tokens.click_token(committed.message().pk, committed.links[0].pk)
    got = visit(tmp_path, f"/t/c/{token}", referer="https://evil.example", host="evil.example")
    assert got.headers["location"].startswith("https://lantern.example/")


def test_a_link_that_needs_values_waits_for_them(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    message.values = None
    message.save(update_fields=["values"])
    got = visit(tmp_path, f"/t/c/{tokens.click_token(message.pk, committed.links[1].pk)}")
    assert got.status == 503
    assert "retry-after" in got.headers


def test_looking_at_the_page_changes_nothing(committed: Scene, tmp_path: Path) -> None:
    message = committed.message("anna@buyers.example")
    path = f"/u/{tokens.unsubscribe_token(message.pk)}"
    for method in ("GET", "HEAD"):
        got = visit(tmp_path, path, method)
        assert got.status == 200
    page = visit(tmp_path, path)
    assert "Ningbo Lantern Co." in page.text
    assert "anna" not in page.text, "a forwarded mail must not tell whose it was"
    assert '<form method="post">' in page.text
    assert set(Hit.objects.values_list("kind", flat=True)) == {"unsubscribe_page"}
    assert not is_suppressed(message.contact)  # type: ignore[arg-type]
    assert Subscription.objects.get(contact=message.contact).state == "subscribed"
    assert events(message) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ONE_CLICK, FORM),
        (
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"", ""),
    ],
    ids=["urlencoded", "multipart", "empty"],
)
def test_one_click_unsubscribes_without_cookie_or_token(
    committed: Scene, tmp_path: Path, body: bytes, content_type: str
) -> None:
    message = committed.message("anna@buyers.example")
    got = visit(
        tmp_path, f"/u/{tokens.unsubscribe_token(message.pk)}", "POST", body=body, content_type=content_type
    )
    assert (got.status, got.text) == (200, "Unsubscribed.\n")
    assert "location" not in got.headers
    assert "set-cookie" not in got.headers
    assert is_suppressed(message.contact)  # type: ignore[arg-type]
    assert Subscription.objects.get(contact=message.contact).state == "unsubscribed"
    (event,) = events(message)
    assert event.type == EventType.UNSUBSCRIBED
    assert event.data["way"] == "one_click"


def test_the_button_of_the_page_unsubscribes_and_asks_why(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    path = f"/u/{tokens.unsubscribe_token(message.pk)}"
    requests = [
        {"path": path, "method": "POST", "body": b"confirm=1", "content_type": FORM},
        {"path": path, "method": "POST", "body": b"reason=&reason=too_many", "content_type": FORM},
        {"path": path, "method": "POST", "body": b"reason=", "content_type": FORM},
    ]
    done, told, silent = visits(tmp_path, requests)
    assert "You are unsubscribed" in done.text
    assert "Too many mails" in done.text
    assert "Thank you for telling us why" in told.text
    assert "You are unsubscribed" in silent.text
    assert len(events(message, EventType.UNSUBSCRIBED)) == 1, "once per message, however often they press"
    assert Hit.objects.filter(kind="unsubscribe", headers__reason="too_many").exists()


def test_many_clicks_at_once_unsubscribe_once(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    path = f"/u/{tokens.unsubscribe_token(message.pk)}"

    async def storm(edge: Edge) -> list[Got]:
        return await asyncio.gather(
            *(ask(edge, path, "POST", body=ONE_CLICK, content_type=FORM) for _ in range(8))
        )

    assert {got.status for got in with_edge(storm, tmp_path)} == {200}
    assert len(events(message, EventType.UNSUBSCRIBED)) == 1
    assert Hit.objects.filter(judged_at=None).count() == 0


def test_unsubscribing_works_when_the_contact_is_gone(committed: Scene, tmp_path: Path) -> None:
    message = committed.message("gone@buyers.example")
    contact = message.contact
    assert contact is not None
    contact.delete()
    got = visit(
        tmp_path, f"/u/{tokens.unsubscribe_token(message.pk)}", "POST", body=ONE_CLICK, content_type=FORM
    )
    assert got.status == 200
    assert is_suppressed(contact)


def test_the_page_speaks_the_readers_language(committed: Scene, tmp_path: Path) -> None:
    path = f"/u/{tokens.unsubscribe_token(committed.message(language='zh-Hans').pk)}"
    asked = [
        {"path": path, "accept_language": "zh-CN,zh;q=0.9"},
        {"path": path},
        {"path": path, "accept_language": "en-GB"},
    ]
    by_browser, by_contact, english = visits(tmp_path, asked)
    assert by_browser.headers["content-language"] == by_contact.headers["content-language"] == "zh-hans"
    assert 'lang="zh-hans"' in by_browser.text
    assert english.headers["content-language"] == "en"


def test_forged_and_cut_tokens_are_told_kindly_and_leave_nothing(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    token = tokens.unsubscribe_token(message.pk)
    other = tokens.open_token(message.pk)
    bad = [
        token[:-1],
        token + "a",
        other,
        "a" * 26,
        "",
        "../" + token,
        token[:-1] + ("a" if token[-1] != "a" else "b"),
    ]
    for what in bad:
        for method in ("GET", "POST"):
            got = visit(tmp_path, f"/u/{what}", method, body=ONE_CLICK if method == "POST" else b"")
            assert got.status == 404, (what, method)
            assert "This link does not work" in got.text
        assert visit(tmp_path, f"/t/c/{what}").status == 404
        if what != other:
            assert visit(tmp_path, f"/t/o/{what}.gif").status in (200, 404)
    assert Hit.objects.count() == 0
    assert Event.objects.count() == 0


def test_a_token_may_come_back_in_capitals(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    assert visit(tmp_path, f"/t/o/{tokens.open_token(message.pk).upper()}.gif").status == 200
    assert Hit.objects.count() == 1


def test_a_token_of_a_deleted_message_is_an_unknown_link(committed: Scene, tmp_path: Path) -> None:
    message = committed.message()
    token, click = tokens.unsubscribe_token(message.pk), tokens.click_token(message.pk, committed.links[0].pk)
    opened = tokens.open_token(message.pk)
    message.delete()
    assert visit(tmp_path, f"/u/{token}").status == 404
    assert visit(tmp_path, f"/u/{token}", "POST", body=ONE_CLICK).status == 404
    assert visit(tmp_path, f"/t/c/{click}").status == 404
    assert visit(tmp_path, f"/t/o/{opened}.gif").status == 200


def test_other_methods_and_other_paths(committed: Scene, tmp_path: Path) -> None:
    token = tokens.unsubscribe_token(committed.message().pk)
    assert visit(tmp_path, f"/u/{token}", "DELETE").status == 405
    assert visit(tmp_path, f"/t/o/{token}.gif", "POST").status == 405
    assert visit(tmp_path, "/accounts/login/").body == b"django"
    assert visit(tmp_path, f"/u/{token}", "POST", body=b"x" * 20_000).status == 413
    assert Hit.objects.count() == 0


def test_the_address_behind_a_trusted_proxy(committed: Scene, tmp_path: Path) -> None:
    path = f"/t/o/{tokens.open_token(committed.message().pk)}.gif"
    proxied = ("127.0.0.1", 1)
    visits(
        tmp_path,
        [
            {"path": path, "client": proxied, "x_forwarded_for": "203.0.113.9, 198.51.100.44"},
            {"path": path, "client": ("198.51.100.1", 1), "x_forwarded_for": "203.0.113.9"},
            {"path": path, "client": proxied, "x_forwarded_for": "drop table"},
            {"path": path, "client": proxied, "x_forwarded_for": "[2001:db8::1]:443"},
        ],
    )
    assert list(Hit.objects.order_by("at").values_list("ip", flat=True)) == [
        "198.51.100.44",
        "198.51.100.1",
        "127.0.0.1",
        "2001:db8::1",
    ]


def test_requests_share_commits(committed: Scene, tmp_path: Path) -> None:
    paths = [f"/t/o/{tokens.open_token(committed.message().pk)}.gif" for _ in range(20)]
    before = _commits()

    async def rush(edge: Edge) -> list[Got]:
        return await asyncio.gather(*(ask(edge, path) for path in paths * 20))

    answers = with_edge(rush, tmp_path)
    assert {got.status for got in answers} == {200}
    assert Hit.objects.count() == 400
    assert _commits() - before < 60, "400 requests in far fewer transactions"


def _commits() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM signals_hit")
        return int(cursor.fetchone()[0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    path=st.sampled_from(["/t/", "/u/", "/t/o/", "/t/c/"]).flatmap(
        lambda head: st.text(max_size=60).map(lambda tail: head + tail)
    ),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "X"]),
    body=st.binary(max_size=200),
    agent=st.text(st.characters(max_codepoint=255), max_size=40),
    kind=st.sampled_from([FORM, "multipart/form-data; boundary=x", "text/plain", ""]),
)
def test_no_request_breaks_the_edge(
    tmp_path: Path, path: str, method: str, body: bytes, agent: str, kind: str
) -> None:
    got = visit(tmp_path, path, method, body=body, user_agent=agent, content_type=kind, accept_language=agent)
    assert got.status in (200, 404, 405)

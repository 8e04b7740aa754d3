"""Who runs the mailboxes of a domain, asked of the laboratory's name server."""

from datetime import datetime, timedelta

import pytest

from tests.cast import Cast
from tradewind.core import clock
from tradewind.lab.testing import LabProcess
from tradewind.senders import mail_domains
from tradewind.senders.models import MailDomain


@pytest.fixture
def world(lab: LabProcess, cast: Cast) -> LabProcess:
    lab.publish(
        [
            {"name": "bare.example", "type": "A", "data": "127.0.0.1", "ttl": 60},
            {"name": "null.example", "type": "MX", "data": "0 ."},
            {"name": "text.example", "type": "TXT", "data": "x"},
            {"name": "two.example", "type": "MX", "data": "20 b.two.example"},
        ]
    )
    lab.dns_mode("silent.example", "servfail")
    return lab


def fresh_until(name: str) -> datetime:
    until = row(name).fresh_until
    assert until is not None
    return until


def row(name: str) -> MailDomain:
    return MailDomain.objects.get(pk=name)


def test_every_way_it_can_be(world: LabProcess) -> None:
    names = [
        "gmail.com",
        "qq.com",
        "bare.example",
        "null.example",
        "text.example",
        "no.such.example",
        "silent.example",
    ]
    mail_domains.resolve(names)
    assert {name: row(name).status for name in names} == {
        "gmail.com": "found",
        "qq.com": "found",
        "bare.example": "found",
        "null.example": "null_mx",
        "text.example": "no_server",
        "no.such.example": "no_domain",
        "silent.example": "error",
    }
    assert (row("gmail.com").provider, row("qq.com").provider, row("bare.example").provider) == (
        "gmail",
        "qq",
        "other",
    )
    assert row("gmail.com").mx_hosts[0] == [5, "gmail-smtp-in.l.google.com"]
    assert row("bare.example").mx_hosts == [[0, "bare.example"]]


def test_what_is_fresh_is_not_asked_again(world: LabProcess) -> None:
    mail_domains.resolve(["two.example", "silent.example"])
    asked = list(mail_domains.missing(["two.example", "silent.example", "new.example", "new.example"]))
    assert asked == ["new.example"]
    assert fresh_until("two.example") > clock.now() + timedelta(hours=5)
    MailDomain.objects.update(fresh_until=clock.now())
    assert len(list(mail_domains.missing(["two.example", "silent.example"]))) == 2


def test_silence_does_not_erase_what_was_known(world: LabProcess) -> None:
    mail_domains.resolve(["two.example"])
    world.dns_mode("two.example", "servfail")
    try:
        mail_domains.resolve(["two.example"])
    finally:
        world.dns_mode("two.example", "ok")
    assert (row("two.example").status, row("two.example").mx_hosts) == ("found", [[20, "b.two.example"]])
    assert fresh_until("two.example") < clock.now() + timedelta(minutes=6)


def test_many_at_once(world: LabProcess) -> None:
    names = [f"d{n}.example" for n in range(450)]
    mail_domains.resolve(names)
    assert MailDomain.objects.filter(name__in=names, status="no_domain").count() == 450

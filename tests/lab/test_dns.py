"""The name server, asked over the wire."""

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from tradewind.lab.testing import LabError, LabProcess
from tradewind.lab.zones import Record, RecordError, Zones


def ask(
    lab: LabProcess, name: str, kind: str, tcp: bool = False, timeout: float = 2.0
) -> dns.message.Message:
    query = dns.message.make_query(name, kind)
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, "127.0.0.1", timeout=timeout, port=lab.dns_address[1])


def test_mx_leads_to_an_address_where_the_provider_listens(lab: LabProcess) -> None:
    answer = ask(lab, "gmail.com", "MX")
    hosts = [rdata.exchange.to_text() for rdata in answer.answer[0]]
    assert "gmail-smtp-in.l.google.com." in hosts
    assert answer.flags & dns.flags.AA
    address = ask(lab, "gmail-smtp-in.l.google.com", "A").answer[0][0].to_text()
    assert address.startswith("127.77.0.")
    reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
    assert ask(lab, reverse, "PTR").answer[0][0].to_text() == "gmail-smtp-in.l.google.com."


@pytest.mark.parametrize(
    ("domain", "suffix"),
    [
        ("hotmail.com", ".olc.protection.outlook.com."),
        ("yahoo.com", ".yahoodns.net."),
        ("icloud.com", ".icloud.com."),
        ("gmx.de", ".gmx.net."),
        ("web.de", ".web.de."),
        ("qq.com", ".qq.com."),
        ("126.com", ".mxmail.netease.com."),
        ("yandex.ru", "mx.yandex.ru."),
        ("mail.ru", "mxs.mail.ru."),
        ("orange.fr", ".orange.fr."),
    ],
)
def test_each_provider_is_known_by_its_mx(lab: LabProcess, domain: str, suffix: str) -> None:
    hosts = [rdata.exchange.to_text() for rdata in ask(lab, domain, "MX").answer[0]]
    assert hosts
    assert all(host.endswith(suffix) for host in hosts)


def test_no_name_and_no_data_differ_and_both_carry_the_soa(lab: LabProcess) -> None:
    missing = ask(lab, "nobody.gmail.com", "A")
    assert missing.rcode() == dns.rcode.NXDOMAIN
    assert missing.authority[0].rdtype == dns.rdatatype.SOA
    empty = ask(lab, "gmail.com", "AAAA")
    assert empty.rcode() == dns.rcode.NOERROR
    assert not empty.answer
    assert empty.authority[0].name.to_text() == "gmail.com."
    assert ask(lab, "_domainkey.teamaker.test", "TXT").rcode() == dns.rcode.NOERROR  # an empty non-terminal
    assert ask(lab, "no-such-domain.test", "MX").rcode() == dns.rcode.NXDOMAIN


def test_records_are_published_replaced_and_withdrawn(lab: LabProcess) -> None:
    first = {"name": "www.panel.test", "type": "A", "data": "127.0.0.5", "ttl": 60}
    lab.publish([first, {**first, "data": "127.0.0.6"}])
    assert len(ask(lab, "www.panel.test", "A").answer[0]) == 2
    lab.publish([{**first, "data": "127.0.0.7"}])
    answer = ask(lab, "WWW.panel.test", "A").answer[0]
    assert ([rdata.to_text() for rdata in answer], answer.ttl) == (["127.0.0.7"], 60)
    lab.withdraw([{"name": "www.panel.test", "type": "A"}])
    assert ask(lab, "www.panel.test", "A").rcode() == dns.rcode.NXDOMAIN
    with pytest.raises(LabError, match="cannot be published"):
        lab.publish([{**first, "data": "not an address"}])


def test_a_wrong_record_changes_nothing() -> None:
    zones = Zones()
    with pytest.raises(RecordError):
        zones.publish([Record("a.test", "A", "127.0.0.1"), Record("b.test", "MX", "nonsense")])
    assert zones.addresses("a.test") == []


def test_long_text_comes_back_whole_and_over_tcp_when_it_does_not_fit(lab: LabProcess) -> None:
    text = 'v=DKIM1; note="quoted \\ part"; p=' + "A" * 1500
    lab.publish([{"name": "k._domainkey.panel.test", "type": "TXT", "data": text}])
    short = ask(lab, "k._domainkey.panel.test", "TXT")
    assert short.flags & dns.flags.TC
    whole = ask(lab, "k._domainkey.panel.test", "TXT", tcp=True)
    assert b"".join(whole.answer[0][0].strings).decode() == text


def test_aliases_are_followed(lab: LabProcess) -> None:
    lab.publish(
        [
            {"name": "links.panel.test", "type": "CNAME", "data": "edge.panel.test."},
            {"name": "edge.panel.test", "type": "A", "data": "127.0.0.9"},
        ]
    )
    kinds = [rrset.rdtype for rrset in ask(lab, "links.panel.test", "A").answer]
    assert kinds == [dns.rdatatype.CNAME, dns.rdatatype.A]


def test_zones_fail_as_ordered(lab: LabProcess) -> None:
    try:
        lab.dns_mode("gmail.com", "servfail")
        assert ask(lab, "gmail.com", "MX").rcode() == dns.rcode.SERVFAIL
        lab.dns_mode("gmail.com", "timeout")
        with pytest.raises(dns.exception.Timeout):
            ask(lab, "gmail.com", "MX", timeout=0.2)
        assert ask(lab, "yahoo.com", "MX").answer
    finally:
        lab.dns_mode("gmail.com", "ok")
    assert ask(lab, "gmail.com", "MX").answer


def test_a_stock_resolver_is_content(lab: LabProcess) -> None:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], lab.dns_address[1]
    assert resolver.resolve("_mta-sts.gmail.com", "TXT")[0].to_text().startswith('"v=STSv1')
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("nothing.invalid", "MX")

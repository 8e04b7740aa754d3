"""Sending domains: adding one, and the DNS records that its owner publishes."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradewind.accounts.models import Workspace
from tradewind.senders import dkim, names, spf
from tradewind.senders.check_words import TITLES
from tradewind.senders.models import Channel, SendingDomain
from tradewind.senders.names import BadDomain

PURPOSES: dict[str, Promise] = {
    "dkim": gettext_lazy("Signature: proves that the mail is yours and unchanged"),
    "spf": gettext_lazy("Allows our servers to send for the address that bounces go to"),
    "mx": gettext_lazy("Brings bounces, complaints and unsubscribe mails back to us"),
    "dmarc": gettext_lazy(
        "Tells providers what to do with mail that is not yours, and lets them report to us"
    ),
    "tracking": gettext_lazy("The links in your mails: clicks and unsubscribing"),
    "address": gettext_lazy("The address of the host above"),
}

# What a relay's own documentation says to include, by the host that one sends through.
RELAY_SPF = {
    "smtp.sendgrid.net": "include:sendgrid.net",
    "smtp.mailgun.org": "include:mailgun.org",
    "smtp.eu.mailgun.org": "include:eu.mailgun.org",
    "smtp.gmail.com": "include:_spf.google.com",
    "smtp-relay.gmail.com": "include:_spf.google.com",
    "smtp.office365.com": "include:spf.protection.outlook.com",
    "smtp-relay.brevo.com": "include:spf.brevo.com",
    "smtp.exmail.qq.com": "include:spf.mail.qq.com",
    "smtp.zoho.com": "include:zoho.com",
}


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """A record to publish: `name` is whole, `value` as DNS panels take it (TXT without quotes). Required:
    without it nothing is sent."""

    code: str
    type: str
    name: str
    value: str
    required: bool

    @property
    def title(self) -> str:
        return str(TITLES[self.code])

    @property
    def purpose(self) -> str:
        return str(PURPOSES[self.code])


def add_domain(workspace: Workspace, name: str) -> SendingDomain:
    """A new domain with its DKIM key. Raises BadDomain for what cannot be one or is there already."""
    name = names.clean(name)
    try:
        with transaction.atomic():
            domain = SendingDomain.objects.create(
                workspace=workspace,
                name=name,
                return_path_host=f"bounces.{name}",
                tracking_host=f"click.{name}",
            )
            dkim.make_key(domain)
    except IntegrityError:
        raise BadDomain(_("%(name)s is already among your domains.") % {"name": name}) from None
    return domain


def records(domain: SendingDomain) -> list[DnsRecord]:
    """What the owner of the domain publishes, in the order to show it."""
    found = [
        DnsRecord("dkim", "TXT", dkim.record_name(key), dkim.record_value(key), required=True)
        for key in domain.dkim_keys.filter(active=True).select_related("domain").order_by("pk")
    ]
    host = domain.return_path_host
    found.append(DnsRecord("spf", "TXT", host, spf_value(domain), required=True))
    found.append(DnsRecord("dmarc", "TXT", f"_dmarc.{domain.name}", dmarc_value(domain), required=True))
    if is_address(settings.MAIL_HOST):  # an MX names a host, never an address
        found += [
            DnsRecord("mx", "MX", host, f"10 {host}", required=False),
            DnsRecord("address", _address_type(settings.MAIL_HOST), host, settings.MAIL_HOST, required=False),
        ]
    else:
        found.append(DnsRecord("mx", "MX", host, f"10 {settings.MAIL_HOST}", required=False))
    if not settings.TRACKING_URL:
        found.append(_tracking(domain))
    return found


def _tracking(domain: SendingDomain) -> DnsRecord:
    if is_address(web_host()):
        return DnsRecord(
            "tracking", _address_type(web_host()), domain.tracking_host, web_host(), required=True
        )
    return DnsRecord("tracking", "CNAME", domain.tracking_host, web_host(), required=True)


def web_host() -> str:
    """The host of TRADEWIND_URL."""
    return urlsplit(str(settings.PUBLIC_URL)).hostname or "127.0.0.1"


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _address_type(host: str) -> str:
    return "A" if ip_address(host).version == 4 else "AAAA"


def sending_addresses(domain: SendingDomain) -> list[str]:
    """The IP addresses that we know mail leaves from: the installation's, and those of the workspace's
    channels."""
    own = Channel.objects.filter(workspace=domain.workspace_id, kind=Channel.Kind.DIRECT).exclude(
        source_ip=""
    )
    found = [*settings.SENDING_ADDRESSES, *own.order_by("pk").values_list("source_ip", flat=True)]
    return list(dict.fromkeys(address for address in found if is_address(address)))


def spf_mechanisms(domain: SendingDomain) -> list[str]:
    """What the SPF record of the return path must allow: our mail host, our addresses, the relays."""
    found = ["mx"]
    found += [f"ip{ip_address(address).version}:{address}" for address in sending_addresses(domain)]
    relays = Channel.objects.filter(workspace=domain.workspace_id, kind=Channel.Kind.RELAY).order_by("pk")
    for host in relays.values_list("host", flat=True):
        host = host.strip().lower()
        if host in RELAY_SPF:
            found.append(RELAY_SPF[host])
        elif is_address(host):
            if not ip_address(host).is_loopback:
                found.append(f"ip{ip_address(host).version}:{host}")
        elif "." in host:
            found.append(f"a:{host}")
    return list(dict.fromkeys(found))


def spf_value(domain: SendingDomain) -> str:
    return " ".join(["v=spf1", *spf_mechanisms(domain), "~all"])


def dmarc_value(domain: SendingDomain) -> str:
    return f"v=DMARC1; p=none; rua=mailto:dmarc@{domain.return_path_host}"


def tracking_base(domain: SendingDomain) -> str:
    """Where the links of this domain's mails begin, without a slash at the end."""
    if settings.TRACKING_URL:
        return str(settings.TRACKING_URL).rstrip("/")
    port = f":{settings.TRACKING_PORT}" if settings.TRACKING_PORT else ""
    return f"{settings.TRACKING_SCHEME}://{domain.tracking_host}{port}"


def zone_file(domain: SendingDomain) -> str:
    """The records as a zone file (RFC 1035 §5): names with a final dot, long TXT values in strings of 255."""
    lines = [f"; {domain.name}"]
    for record in records(domain):
        value = quoted(record.value) if record.type == "TXT" else record.value
        dot = "." if record.type in ("MX", "CNAME") else ""
        lines.append(f"{record.name}. 3600 IN {record.type} {value}{dot}")
    return "\n".join(lines) + "\n"


def quoted(value: str) -> str:
    """A TXT value as quoted strings of at most 255 bytes each."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return " ".join(f'"{escaped[start : start + 255]}"' for start in range(0, max(1, len(escaped)), 255))


def merged_spf(domain: SendingDomain, existing: str) -> str:
    """The record to publish at the return-path host when it already has one."""
    return spf.merged(existing, spf_mechanisms(domain))

"""From whom: domains and their keys, channels, senders; where mailboxes live; the lanes between."""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from tradewind.accounts.models import Workspace
from tradewind.core.fields import EncryptedTextField
from tradewind.core.models import in_enum


class SendingDomainState(StrEnum):
    PENDING = "pending"  # records not seen yet
    AUTHENTICATED = "authenticated"
    FAILING = "failing"  # was authenticated once; records are gone or wrong
    UNKNOWN = "unknown"  # DNS did not answer: never read as failing


class SendingDomain(models.Model):
    State = SendingDomainState

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="sending_domains")
    name = models.TextField()  # A-label, lower case
    return_path_host = models.TextField()  # "bounces.example.com": MX to us, SPF of the envelope
    tracking_host = models.TextField()  # "click.example.com": CNAME to us
    state = models.TextField(default=SendingDomainState.PENDING)
    checks = models.JSONField(default=list)  # latest results, see senders.checks.CheckResult
    checked_at = models.DateTimeField(null=True)
    authenticated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="domain_name_once"),
            in_enum("state", SendingDomainState, "domain_state_known"),
        ]

    def __str__(self) -> str:
        return self.name


class DkimKeyAlgorithm(StrEnum):
    RSA = "rsa"
    ED25519 = "ed25519"


class DkimKey(models.Model):
    Algorithm = DkimKeyAlgorithm

    domain = models.ForeignKey(SendingDomain, on_delete=models.CASCADE, related_name="dkim_keys")
    selector = models.TextField()
    algorithm = models.TextField(default=DkimKeyAlgorithm.RSA)
    private_pem = EncryptedTextField()
    public_key = models.TextField()  # base64 DER (RSA) or raw (Ed25519), as it stands in p=
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["domain", "selector"], name="dkim_selector_once"),
            in_enum("algorithm", DkimKeyAlgorithm, "dkim_algorithm_known"),
        ]


class ChannelKind(StrEnum):
    RELAY = "relay"
    DIRECT = "direct"


class ChannelSecurity(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"
    OPPORTUNISTIC = "opportunistic"  # direct only


class Channel(models.Model):
    """A way out: through a relay, or directly to the recipients' mail servers."""

    Kind = ChannelKind

    Security = ChannelSecurity

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="channels")
    name = models.TextField()
    kind = models.TextField(default=ChannelKind.RELAY)
    host = models.TextField(blank=True)  # relay only
    port = models.IntegerField(default=587)  # direct: 25; a laboratory uses another
    security = models.TextField(default=ChannelSecurity.STARTTLS)
    verify_certificate = models.BooleanField(default=True)
    username = models.TextField(blank=True)
    password = EncryptedTextField(blank=True)
    ehlo_name = models.TextField(blank=True)
    source_ip = models.TextField(blank=True)
    max_connections = models.IntegerField(default=10)
    rate_per_second = models.FloatField(null=True)
    last_test = models.JSONField(null=True)  # when, ok, sentence
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="channel_name_once"),
            in_enum("kind", ChannelKind, "channel_kind_known"),
            in_enum("security", ChannelSecurity, "channel_security_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Sender(models.Model):
    """A From: a name and an address at one of our domains, and the channel its mail leaves through."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="senders")
    name = models.TextField()  # display name
    email = models.TextField()
    reply_to = models.TextField(blank=True)
    domain = models.ForeignKey(SendingDomain, on_delete=models.PROTECT, related_name="senders")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="senders")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "email"], name="sender_email_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class MailDomainStatus(StrEnum):
    FOUND = "found"
    NULL_MX = "null_mx"  # RFC 7505: takes no mail
    NO_DOMAIN = "no_domain"  # NXDOMAIN
    NO_SERVER = "no_server"  # exists, but neither MX nor address
    ERROR = "error"  # DNS did not answer: unknown, looked up again


class MailDomain(models.Model):
    """Who runs the mailboxes of a recipient domain, found from its MX hosts. Shared by all workspaces: it
    is public DNS."""

    Status = MailDomainStatus

    name = models.TextField(primary_key=True)
    status = models.TextField()
    mx_hosts = models.JSONField(default=list)  # [[preference, host], ...]
    provider = models.TextField(default="other")  # key of the provider catalogue
    checked_at = models.DateTimeField()
    fresh_until = models.DateTimeField(null=True)  # then it is asked again

    class Meta:
        constraints: ClassVar = [in_enum("status", MailDomainStatus, "mail_domain_status_known")]


class LaneState(StrEnum):
    OPEN = "open"
    SUSPENDED = "suspended"


class Lane(models.Model):
    """Identity × channel × provider: where a pace is kept. Rates are a GCRA over `next_free_at` (see
    senders/sql/grant.sql)."""

    State = LaneState

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="lanes")
    domain = models.ForeignKey(SendingDomain, on_delete=models.CASCADE, related_name="lanes")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="lanes")
    provider = models.TextField()
    state = models.TextField(default=LaneState.OPEN)
    state_reason = models.TextField(blank=True)  # the reply or the person that caused it
    state_until = models.DateTimeField(null=True)  # suspended or slowed until then
    rate_per_second = models.FloatField(default=100.0)
    slowed_rate = models.FloatField(null=True)  # in force until state_until
    burst = models.IntegerField(default=100)
    next_free_at = models.DateTimeField(null=True)  # theoretical arrival time
    max_connections = models.IntegerField(default=10)
    messages_per_connection = models.IntegerField(default=100)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["domain", "channel", "provider"], name="lane_once"),
            in_enum("state", LaneState, "lane_state_known"),
        ]

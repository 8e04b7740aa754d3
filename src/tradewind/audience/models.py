"""Contacts, companies, lists, consent, suppression, imports."""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.db import models

from tradewind.accounts.models import Workspace
from tradewind.core.models import in_enum


class Company(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="companies")
    name = models.TextField()
    domain = models.TextField(blank=True)  # lower-case A-label; empty for free-mail addresses
    country = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="companies")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="company_name_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "domain"], name="company_by_domain")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One person at one address. The address is the identity: unique per workspace, compared in `email_key`."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="contacts")
    email = models.TextField()  # as the person writes it
    email_key = models.TextField()  # lower-case, domain as A-label: what is compared, mailed and hashed
    mail_domain = models.TextField()  # the domain part of email_key
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    company = models.ForeignKey(Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="contacts")
    job_title = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    country = models.TextField(blank=True)  # ISO 3166-1 alpha-2, upper case
    language = models.TextField(blank=True)  # BCP 47, e.g. "de", "zh-Hans"
    time_zone = models.TextField(blank=True)  # IANA name
    source = models.TextField(blank=True)  # "Canton Fair 2026", "website"
    industry = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    custom = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "email_key"], name="contact_email_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "mail_domain"], name="contact_by_mail_domain"),
            models.Index(fields=["workspace", "-id"], name="contact_newest"),
            models.Index(fields=["company"], name="contact_by_company"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class List(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="lists")
    name = models.TextField()
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="list_name_once")]

    def __str__(self) -> str:
        return self.name


class SubscriptionState(StrEnum):
    SUBSCRIBED = "subscribed"
    PENDING = "pending"  # waits for the double opt-in
    UNSUBSCRIBED = "unsubscribed"


class Subscription(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    list = models.ForeignKey(List, on_delete=models.CASCADE, related_name="subscriptions")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="subscriptions")
    state = models.TextField(default=SubscriptionState.SUBSCRIBED)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list", "contact"], name="subscription_once"),
            in_enum("state", SubscriptionState, "subscription_state_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["contact"], name="subscription_by_contact")]


class ConsentBasis(StrEnum):
    DOUBLE_OPT_IN = "double_opt_in"
    SINGLE_OPT_IN = "single_opt_in"
    CUSTOMER = "customer"
    CARD_AT_FAIR = "card_at_fair"
    LEGITIMATE_INTEREST = "legitimate_interest"
    UNKNOWN = "unknown"


class ImportState(StrEnum):
    UPLOADED = "uploaded"
    MAPPED = "mapped"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Import(models.Model):
    """One uploaded file on its way into the audience."""

    State = ImportState

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="imports")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    file_name = models.TextField()
    path = models.TextField()  # below the data folder
    encoding = models.TextField(blank=True)
    delimiter = models.TextField(blank=True)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)  # heading -> field name, "custom.<key>" or "" (leave out)
    list = models.ForeignKey(List, on_delete=models.SET_NULL, null=True, related_name="imports")
    source = models.TextField(blank=True)
    basis = models.TextField(default=ConsentBasis.UNKNOWN)
    update_existing = models.BooleanField(default=True)
    state = models.TextField(default=ImportState.UPLOADED)
    rows_total = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    rejected_path = models.TextField(blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            in_enum("state", ImportState, "import_state_known"),
            in_enum("basis", ConsentBasis, "import_basis_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "-id"], name="import_newest")]


class Consent(models.Model):
    """Append-only: why we may mail this person. A withdrawal is another row."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    granted = models.BooleanField(default=True)
    basis = models.TextField()
    source_import = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, related_name="consents")
    evidence = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [in_enum("basis", ConsentBasis, "consent_basis_known")]
        indexes: ClassVar = [models.Index(fields=["contact", "-id"], name="consent_latest")]


class SuppressionReason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    HARD_BOUNCE = "hard_bounce"
    MANUAL = "manual"
    IMPORTED = "imported"


class SuppressionKind(StrEnum):
    ADDRESS = "address"
    DOMAIN = "domain"


class Suppression(models.Model):
    """An address or a whole domain that is never mailed. Keyed by text, so it outlives the contact."""

    Kind = SuppressionKind

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="suppressions")
    kind = models.TextField(default=SuppressionKind.ADDRESS)
    value = models.TextField()  # email_key or domain
    reason = models.TextField()
    note = models.TextField(blank=True)
    message_id = models.BigIntegerField(null=True)  # the message whose bounce, complaint or link caused it
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "kind", "value"], name="suppression_once"),
            in_enum("kind", SuppressionKind, "suppression_kind_known"),
            in_enum("reason", SuppressionReason, "suppression_reason_known"),
        ]

"""Contacts, companies, lists, consent, suppression, imports."""

import re
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Lower

from tradewind.accounts.models import Workspace
from tradewind.audience.search import ALONE, Words
from tradewind.audience.words import (
    ConsentBasis,
    ImportState,
    Outcome,
    SubscriptionState,
    SuppressionKind,
    SuppressionReason,
)
from tradewind.core.models import in_enum

__all__ = [
    "Company",
    "Consent",
    "ConsentBasis",
    "Contact",
    "Import",
    "ImportState",
    "ImportedContact",
    "List",
    "Outcome",
    "Subscription",
    "SubscriptionState",
    "Suppression",
    "SuppressionKind",
    "SuppressionReason",
]

_EAST_ASIAN = re.compile(rf"[{ALONE}]")


class Company(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="companies")
    name = models.TextField()
    domain = models.TextField(blank=True)  # lower-case A-label; empty for free-mail addresses
    country = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="companies"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    search = models.GeneratedField(
        expression=Words("name", "domain"), output_field=SearchVectorField(), db_persist=True, editable=False
    )

    class Meta:
        constraints: ClassVar = [
            # ACME GmbH and Acme GMBH are one company.
            models.UniqueConstraint("workspace", Lower("name"), name="company_name_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "domain"], name="company_by_domain"),
            models.Index(fields=["workspace", "-id"], name="company_newest"),
            GinIndex(fields=["search"], name="company_search"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One person at one address. The address is the identity: unique per workspace, by `email_key`."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    email = models.TextField()  # as the person writes it
    email_key = models.TextField()  # lower-case, domain as A-label: what is compared, mailed and hashed
    mail_domain = models.TextField()  # the domain part of email_key
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="contacts"
    )
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
    # The first name on both sides of the last one: 王伟 and Anna Schmidt are both found side by side.
    search = models.GeneratedField(
        expression=Words(
            "email", "email_key", "first_name", "last_name", "first_name", "job_title", "phone", "notes"
        ),
        output_field=SearchVectorField(),
        db_persist=True,
        editable=False,
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "email_key"], name="contact_email_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "mail_domain"], name="contact_by_mail_domain"),
            models.Index(fields=["workspace", "-id"], name="contact_newest"),
            models.Index(fields=["workspace", "country", "-id"], name="contact_by_country"),
            models.Index(fields=["workspace", "source", "-id"], name="contact_by_source"),
            GinIndex(fields=["search"], name="contact_search"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        """As the person would say it: 王伟, but Wei Wang."""
        if _EAST_ASIAN.search(self.last_name):
            return f"{self.last_name}{self.first_name}"
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


class Subscription(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    list = models.ForeignKey(List, on_delete=models.CASCADE, related_name="subscriptions", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="subscriptions")
    state = models.TextField(default=SubscriptionState.SUBSCRIBED)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list", "contact"], name="subscription_once"),
            in_enum("state", SubscriptionState, "subscription_state_known"),
        ]


class Import(models.Model):
    """One uploaded file on its way into the audience."""

    State = ImportState

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="imports")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    language = models.TextField(default="en")  # of the messages and of the file of rejected rows
    file_name = models.TextField()
    path = models.TextField()  # below the data folder
    size = models.BigIntegerField(default=0)  # bytes
    encoding = models.TextField(blank=True)
    delimiter = models.TextField(blank=True)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)  # heading -> field name, "custom.<key>" or "" (leave out)
    list = models.ForeignKey(List, on_delete=models.SET_NULL, null=True, related_name="imports")
    source = models.TextField(blank=True)
    basis = models.TextField(default=ConsentBasis.UNKNOWN)
    note = models.TextField(blank=True)  # what the uploader says about where the addresses come from
    attested_at = models.DateTimeField(null=True)  # when the uploader confirmed source and basis
    has_headings = models.BooleanField(default=True)
    update_existing = models.BooleanField(default=True)
    state = models.TextField(default=ImportState.UPLOADED)
    rows_total = models.IntegerField(
        default=0
    )  # guessed from line ends at first, exact once the file has been read
    rows_read = models.IntegerField(default=0)  # checked and staged
    rows_done = models.IntegerField(default=0)  # merged, rejected or found to be duplicates
    merged_row = models.IntegerField(default=0)  # rows up to this one are merged: where a killed job goes on
    created = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    subscribed = models.IntegerField(default=0)  # new on the list
    kept_out = models.IntegerField(default=0)  # had unsubscribed or complained, and stay so
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


class ImportedContact(models.Model):
    """What one import did with one contact: the door behind each count, and the contact's own history."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    source_import = models.ForeignKey(
        Import, on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="imports")
    row = models.IntegerField()  # as a spreadsheet counts, the headings being row 1
    outcome = models.TextField()
    kept_out = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source_import", "contact"], name="imported_once"),
            in_enum("outcome", Outcome, "imported_outcome_known"),
        ]


class Consent(models.Model):
    """Append-only: why we may mail this person. A withdrawal is another row."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents", db_index=False)
    granted = models.BooleanField(default=True)
    basis = models.TextField()
    source_import = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, related_name="consents")
    evidence = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [in_enum("basis", ConsentBasis, "consent_basis_known")]
        indexes: ClassVar = [models.Index(fields=["contact", "-id"], name="consent_latest")]


class Suppression(models.Model):
    """An address or a whole domain that is never mailed. Keyed by text, so it outlives the contact."""

    Kind = SuppressionKind

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="suppressions", db_index=False
    )
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
        indexes: ClassVar = [models.Index(fields=["workspace", "-id"], name="suppression_newest")]

    def __str__(self) -> str:
        return self.value

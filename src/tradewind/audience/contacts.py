"""Contacts one at a time: found, created, changed. Files of them go through `importing`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.models import Workspace
from tradewind.audience import companies
from tradewind.audience.addresses import Bad, normalize
from tradewind.audience.countries import country_code, language_code
from tradewind.audience.importing.checking import clean, tidy
from tradewind.audience.importing.headings import Field, custom_key
from tradewind.audience.importing.limits import LONGEST_CELL, LONGEST_SHORT_CELL
from tradewind.audience.models import Company, Contact
from tradewind.audience.search import one_word_queries, word_query

MOST_COMPANIES = 1_000  # whose people are looked through for one word of a search
MOST_CUSTOM = 200
PLAIN = ("first_name", "last_name", "job_title", "phone", "source", "industry")


@dataclass(frozen=True, slots=True)
class Saved:
    contact: Contact
    created: bool


@dataclass(frozen=True, slots=True)
class Invalid:
    """What cannot be saved: field → sentence. `existing` is the contact that has this address already."""

    errors: dict[str, str | Promise] = field(default_factory=dict)
    existing: Contact | None = None


def search(workspace: Workspace, text: str) -> QuerySet[Contact]:
    """Contacts for whom each word of `text` begins a word of address, name, role, phone, notes or company."""
    found = Contact.objects.filter(workspace=workspace)
    if not text.strip():
        return found
    words = one_word_queries(text)
    if not words:
        return found.none()
    for raw in words:
        query = word_query(raw)
        at = list(
            Company.objects.filter(workspace=workspace, search=query).values_list("pk", flat=True)[
                :MOST_COMPANIES
            ]
        )
        found = found.filter(Q(search=query) | Q(company__in=at)) if at else found.filter(search=query)
    return found


def create(workspace: Workspace, values: Mapping[str, Any]) -> Saved | Invalid:
    """A new contact. `values`: fields by name, `company` as a name, `custom` as a mapping."""
    return _put(Contact(workspace=workspace), values)


def update(contact: Contact, values: Mapping[str, Any]) -> Saved | Invalid:
    """Change what `values` names, and nothing else."""
    return _put(contact, values)


def _put(contact: Contact, values: Mapping[str, Any]) -> Saved | Invalid:
    errors: dict[str, str | Promise] = {}
    new = contact.pk is None
    changed: set[str] = set()
    if new or "email" in values:
        changed |= _put_address(contact, str(values.get("email", "")), errors)
    changed |= _put_texts(contact, values, errors)
    changed |= _put_codes(contact, values, errors)
    changed |= _put_custom(contact, values, errors)
    if errors:
        return Invalid(errors)
    taken = Contact.objects.filter(workspace=contact.workspace, email_key=contact.email_key).exclude(
        pk=contact.pk
    )
    if existing := taken.first():
        return _taken(existing)
    if "company" in values or new:
        name = tidy(str(values.get("company", "")), Field.COMPANY)
        contact.company = companies.find_or_make(contact.workspace, name, contact.mail_domain)
        changed.add("company")
    return _save(contact, changed, new)


def _save(contact: Contact, changed: set[str], new: bool) -> Saved | Invalid:
    try:
        with transaction.atomic():
            if new:
                contact.save(force_insert=True)
            else:
                contact.save(update_fields=[*sorted(changed), "updated_at"])
    except IntegrityError:
        existing = Contact.objects.filter(workspace=contact.workspace, email_key=contact.email_key).first()
        if existing is None:
            raise
        return _taken(existing)
    return Saved(contact, new)


def _taken(existing: Contact) -> Invalid:
    return Invalid({"email": _("There is already a contact with this address.")}, existing)


def _put_address(contact: Contact, raw: str, errors: dict[str, str | Promise]) -> set[str]:
    address = normalize(raw)
    if isinstance(address, Bad):
        errors["email"] = address.reason.sentence
        return set()
    contact.email, contact.email_key, contact.mail_domain = address.email, address.email_key, address.domain
    return {"email", "email_key", "mail_domain"}


def _put_texts(contact: Contact, values: Mapping[str, Any], errors: dict[str, str | Promise]) -> set[str]:
    changed = set()
    for name in [name for name in PLAIN if name in values]:
        setattr(contact, name, tidy(str(values[name] or ""), Field(name)))
        changed.add(name)
    if "notes" in values:
        contact.notes = clean(str(values["notes"] or ""))
        changed.add("notes")
    for name in changed | ({"company"} & set(values)):
        longest = LONGEST_CELL if name == "notes" else LONGEST_SHORT_CELL
        text = values["company"] if name == "company" else getattr(contact, name)
        if len(str(text or "")) > longest:
            errors[name] = _("This is too long.")
    return changed


def _put_codes(contact: Contact, values: Mapping[str, Any], errors: dict[str, str | Promise]) -> set[str]:
    changed = set()
    readers = (
        ("country", country_code, _("This is not a country we know.")),
        ("language", language_code, _("This is not a language we know.")),
        ("time_zone", _time_zone, _("This is not a time zone we know. Write it like Europe/Berlin.")),
    )
    for name, read, sentence in readers:
        if name not in values:
            continue
        text = " ".join(str(values[name] or "").split())
        code = read(text) if text else ""
        if code is None:
            errors[name] = sentence
        else:
            setattr(contact, name, code)
            changed.add(name)
    return changed


def _put_custom(contact: Contact, values: Mapping[str, Any], errors: dict[str, str | Promise]) -> set[str]:
    if "custom" not in values:
        return set()
    given = values["custom"]
    if not isinstance(given, Mapping) or len(given) > MOST_CUSTOM:
        errors["custom"] = _("Own fields must be names with values, at most 200 of them.")
        return set()
    kept = {custom_key(str(key)): _own_value(value) for key, value in given.items()}
    if any(isinstance(value, str) and len(value) > LONGEST_CELL for value in kept.values()):
        errors["custom"] = _("This is too long.")
    contact.custom = kept
    return {"custom"}


def _own_value(value: Any) -> Any:
    """Numbers and truth values stay what they are; everything else becomes text."""
    return value if isinstance(value, int | float | bool) else clean("" if value is None else str(value))


def _time_zone(text: str) -> str | None:
    return text if text in available_timezones() else None

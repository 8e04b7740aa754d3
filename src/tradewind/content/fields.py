"""The merge fields: every name that a template may use, what it stands for, and a sample."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Group(StrEnum):
    CONTACT = "contact"
    SENDER = "sender"
    LINK = "link"

    @property
    def label(self) -> Promise:
        return {Group.CONTACT: _("The contact"), Group.SENDER: _("You"), Group.LINK: _("Links")}[self]


@dataclass(frozen=True, slots=True)
class MergeField:
    name: str
    sentence: Promise | str  # a workspace's own field has its name here
    sample: str
    group: Group = Group.CONTACT

    @property
    def snippet(self) -> str:
        """What the editor inserts."""
        return "{{ " + self.name + " }}"


_FIELDS = (
    MergeField("first_name", _("First name"), "Anna"),
    MergeField("last_name", _("Last name"), "Schmidt"),
    MergeField("full_name", _("First and last name"), "Anna Schmidt"),
    MergeField("email", _("E-mail address"), "anna.schmidt@example.com"),
    MergeField("company", _("Company name"), "Nordlicht GmbH"),
    MergeField("job_title", _("Job title"), "Head of Purchasing"),
    MergeField("country", _("Country code, two letters"), "DE"),
    MergeField("country_name", _("Country name, in English"), "Germany"),
    MergeField("language", _("Language code"), "de"),
    MergeField("industry", _("Industry"), "Garden furniture"),
    MergeField("source", _("Where the contact is from, for example a trade fair"), "Canton Fair 2026"),
    MergeField("phone", _("Phone number"), "+49 30 1234567"),
    MergeField("sender_name", _("Name of the sender"), "Li Wei", Group.SENDER),
    MergeField("sender_email", _("Address of the sender"), "li.wei@example.com", Group.SENDER),
    MergeField("workspace_name", _("Your company's name"), "Ningbo Bright Lanterns", Group.SENDER),
    MergeField("workspace_address", _("Your postal address"), "88 Lantern Road, Ningbo, China", Group.SENDER),
    MergeField("workspace_website", _("Your website"), "https://www.example.com", Group.SENDER),
    MergeField(
        "unsubscribe_url",
        _("The page where the contact unsubscribes"),
        "https://example.com/u/sample",
        Group.LINK,
    ),
)

MERGE_FIELDS: dict[str, MergeField] = {field.name: field for field in _FIELDS}
CUSTOM = "custom"  # custom.<key>: the contact's own fields
ALWAYS_FILLED = frozenset(
    (
        "email",
        "unsubscribe_url",
        "sender_email",
        "sender_name",
        "workspace_name",
        "workspace_address",
        "workspace_website",
    )
)


def samples() -> dict[str, Any]:
    """Values of an invented contact."""
    return {**{field.name: field.sample for field in _FIELDS}, CUSTOM: {}}


def is_known(path: tuple[str, ...], custom_keys: Collection[str] | None = None) -> bool:
    """Whether a template may use this name. `custom_keys`: the workspace's own fields; None: any is
    believed."""
    if path[0] == CUSTOM:
        return len(path) == 2 and (custom_keys is None or path[1] in custom_keys)
    return path[0] in MERGE_FIELDS and (len(path) == 1 or path[1:] == ("size",))


def nearest(path: tuple[str, ...], custom_keys: Collection[str] | None = None) -> str | None:
    """The field that was probably meant by an unknown name."""
    names = [*MERGE_FIELDS, *(f"{CUSTOM}.{key}" for key in custom_keys or ())]
    asked = ".".join(path).lower()
    flat = asked.replace(".", "_").replace("-", "_").replace(" ", "_")
    for guess in (flat, _ALIASES.get(flat.replace("_", ""), "")):
        if guess in names:
            return guess
    if f"{CUSTOM}.{asked}" in names:
        return f"{CUSTOM}.{asked}"
    for cutoff in (0.75, 0.6):
        close = get_close_matches(flat, names, 1, cutoff) or get_close_matches(asked, names, 1, cutoff)
        if close:
            return close[0]
    return None


# What other mail tools call the same thing, without separators.
_ALIASES = {
    "fname": "first_name",
    "firstname": "first_name",
    "givenname": "first_name",
    "contactfirstname": "first_name",
    "name": "full_name",
    "lname": "last_name",
    "lastname": "last_name",
    "surname": "last_name",
    "familyname": "last_name",
    "companyname": "company",
    "organisation": "company",
    "organization": "company",
    "title": "job_title",
    "position": "job_title",
    "unsubscribe": "unsubscribe_url",
    "unsubscribelink": "unsubscribe_url",
    "unsub": "unsubscribe_url",
    "address": "workspace_address",
    "postaladdress": "workspace_address",
    "website": "workspace_website",
    "emailaddress": "email",
}

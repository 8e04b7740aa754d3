"""An address as people type it, made into the one that is compared, mailed and hashed.

Local parts beyond ASCII are kept (RFC 6531, RFC 6532); domains become lower-case A-labels (RFC 5890,
UTS 46). Nothing is looked up.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

MOST_BYTES = 254  # RFC 5321 4.5.3.1.3 allows 256 for the path, two of them for the brackets
MOST_LOCAL_BYTES = 64


class BadAddress(StrEnum):
    """Why a text is no address that mail can be sent to."""

    EMPTY = "empty"
    NO_AT = "no_at"
    SEVERAL = "several"
    CONTROL_CHARACTER = "control_character"
    SPACE = "space"
    NO_LOCAL_PART = "no_local_part"
    LOCAL_PART = "local_part"
    NO_DOMAIN = "no_domain"
    DOMAIN_WITHOUT_DOT = "domain_without_dot"
    DOMAIN = "domain"
    TOO_LONG = "too_long"

    @property
    def sentence(self) -> Promise:
        return BAD_ADDRESS_SENTENCES[self]


BAD_ADDRESS_SENTENCES: dict[BadAddress, Promise] = {
    BadAddress.EMPTY: _("There is no e-mail address."),
    BadAddress.NO_AT: _("The e-mail address has no @."),
    BadAddress.SEVERAL: _("There is more than one address. Write one row for each person."),
    BadAddress.CONTROL_CHARACTER: _("The e-mail address contains an invisible control character."),
    BadAddress.SPACE: _("The e-mail address contains a blank."),
    BadAddress.NO_LOCAL_PART: _("There is nothing before the @."),
    BadAddress.LOCAL_PART: _("The part before the @ cannot be right: check for dots and special characters."),
    BadAddress.NO_DOMAIN: _("There is nothing after the @."),
    BadAddress.DOMAIN_WITHOUT_DOT: _(
        "The part after the @ has no dot: the ending, such as .com, is missing."
    ),
    BadAddress.DOMAIN: _("The part after the @ is not a possible domain name."),
    BadAddress.TOO_LONG: _("The e-mail address is too long to be real."),
}


@dataclass(frozen=True, slots=True)
class Address:
    """`email` as it is shown, `email_key` as it is compared and mailed, `domain` the A-label domain of the key."""

    email: str
    email_key: str
    domain: str
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class Bad:
    reason: BadAddress


@dataclass(frozen=True, slots=True)
class Domain:
    shown: str  # as the owner writes it, beyond ASCII where it is so
    ascii: str


_USUAL_LOCAL = re.compile(r"[A-Za-z0-9_+\-]+(?:\.[A-Za-z0-9_+\-]+)*").fullmatch
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]").search
_IN_BRACKETS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>").fullmatch
_SEPARATOR = re.compile(r"[\s,;/|，；、]+")
_AROUND = " \t\r\n\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u202a\u202c\u200e\u200f"
_TAIL = ".,;:，；。、" + _AROUND
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3002: ord("."), 0xFF61: ord(".")}


def normalize(raw: str) -> Address | Bad:
    """The address in `raw`, or why there is none. Takes `Name <a@b.c>`, `mailto:`, full-width letters, dots at the end."""
    text = raw.strip(_AROUND)
    if _CONTROL(text):
        return Bad(BadAddress.CONTROL_CHARACTER)
    name, text = _unwrapped(text)
    if not text:
        return Bad(BadAddress.EMPTY)
    if text.count("@") != 1:
        return Bad(_without_one_at(text))
    if _SEPARATOR.search(text):
        return Bad(BadAddress.SPACE if any(c.isspace() for c in text) else BadAddress.LOCAL_PART)
    local, _at, domain = text.partition("@")
    return _joined(local, domain, name)


@lru_cache(maxsize=65536)
def normalize_domain(raw: str) -> Domain | Bad:
    """The domain in `raw` (also `@acme.com` or `ACME.com.`), or why it is none."""
    text = raw.translate(_FULL_WIDTH).strip(_AROUND).rstrip(_TAIL).removeprefix("@").lower()
    if not text:
        return Bad(BadAddress.NO_DOMAIN)
    try:
        found = validate_email(f"a@{text}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return Bad(BadAddress.DOMAIN if "." in text else BadAddress.DOMAIN_WITHOUT_DOT)
    if "." not in found.ascii_domain:
        return Bad(BadAddress.DOMAIN_WITHOUT_DOT)
    return Domain(found.domain.lower(), found.ascii_domain.lower())


def _unwrapped(text: str) -> tuple[str, str]:
    """The display name, and the address without brackets, `mailto:`, quotes and stray marks around it."""
    name = ""
    text = text.translate(_FULL_WIDTH)
    bracketed = _IN_BRACKETS(text.rstrip(_TAIL))
    if bracketed:
        name, text = bracketed["name"].strip(_AROUND + "\"'"), bracketed["address"]
    text = text.strip(_AROUND)
    if text[:7].lower() == "mailto:":
        text = text[7:]
    text = text.rstrip(_TAIL)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return name, text.removeprefix("'").strip(_AROUND)


def _without_one_at(text: str) -> BadAddress:
    if "@" not in text:
        return BadAddress.NO_AT
    several = [part for part in _SEPARATOR.split(text) if "@" in part]
    return BadAddress.SEVERAL if len(several) > 1 else BadAddress.LOCAL_PART


def _joined(local: str, domain: str, name: str) -> Address | Bad:
    if not local:
        return Bad(BadAddress.NO_LOCAL_PART)
    if len(local.encode()) > MOST_LOCAL_BYTES:
        return Bad(BadAddress.TOO_LONG)
    if len(domain) > MOST_BYTES:
        return Bad(BadAddress.TOO_LONG)
    where = normalize_domain(domain)
    if isinstance(where, Bad):
        return where
    if not _USUAL_LOCAL(local):
        try:
            found = validate_email(f"{local}@example.com", check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            return Bad(BadAddress.LOCAL_PART)
        local = found.local_part
    key = f"{local.lower()}@{where.ascii}"
    if len(key.encode()) > MOST_BYTES:
        return Bad(BadAddress.TOO_LONG)
    return Address(f"{local}@{where.shown}", key, where.ascii, name)

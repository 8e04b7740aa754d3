"""Domain names that people type."""

from ipaddress import ip_address

import idna
from django.utils.translation import gettext as _

from tradewind.senders.providers import catalogue


class BadDomain(ValueError):
    """This cannot be a sending domain; the text says why and what to do."""


def clean(typed: str) -> str:
    """The domain as an A-label in lower case. Takes what people paste: an address, a URL, spaces. Raises
    BadDomain."""
    name = typed.strip().lower()
    name = name.partition("://")[2] or name
    name = name.partition("/")[0].rpartition("@")[2].partition(":")[0].strip(".").removeprefix("www.")
    if not name or "." not in name:
        raise BadDomain(
            _("“%(typed)s” is no domain. Write it like example.com.") % {"typed": typed.strip()[:80]}
        )
    try:
        ip_address(name)
    except ValueError:
        pass
    else:
        raise BadDomain(
            _("%(typed)s is an IP address. Mail is sent from a domain, like example.com.") % {"typed": name}
        )
    try:
        name = idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise BadDomain(
            _("“%(typed)s” has signs that no domain can have. Write it like example.com.")
            % {"typed": name[:80]}
        ) from None
    _refuse_free_mail(name)
    return name


def _refuse_free_mail(name: str) -> None:
    for provider in catalogue().values():
        if name in provider.domains:
            raise BadDomain(
                _(
                    "%(domain)s belongs to %(provider)s, and only they can publish its records. Use one of your own."
                )
                % {"domain": name, "provider": provider.name}
            )


def is_within(name: str, parent: str) -> bool:
    """Whether `name` is `parent` or below it."""
    return name == parent or name.endswith(f".{parent}")

"""Links from the start page into areas."""

from django.urls import NoReverseMatch

from tradewind.accounts.access import Access


def link(access: Access, *names_and_args: object) -> str:
    """The address of a page of this workspace; empty where the installation has no such page."""
    name, *args = names_and_args
    try:
        return access.url(str(name), *args)
    except NoReverseMatch:
        return ""

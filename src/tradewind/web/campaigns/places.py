"""Pages of other areas that campaign pages lead to, each name in one place."""

from django.urls import NoReverseMatch

from tradewind.accounts.access import Access

NAMES = {
    "template": "content:edit",
    "templates": "content:index",
    "domain": "senders:domain",
    "senders": "senders:index",
    "import": "audience:import",
    "imports": "audience:imports",
    "contact": "audience:contact",
    "workspace": "settings:workspace",
    "lanes": "deliverability:lanes",
}


def link(access: Access, name: str, *args: object) -> str:
    """Where `name` (a key of `NAMES`) is; empty where the installation has no such page."""
    try:
        return access.url(NAMES[name], *args)
    except NoReverseMatch:
        return ""

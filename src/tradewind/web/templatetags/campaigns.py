"""Links from campaign pages into other areas."""

from typing import Any

from django import template
from django.template import Context

from tradewind.web.campaigns.places import link

register = template.Library()


@register.simple_tag(takes_context=True)
def place(context: Context, name: str, *args: Any) -> str:
    """The address of a page of another area; empty where the installation has no such page, so that the link is left out."""
    return link(context["request"].access, name, *args)

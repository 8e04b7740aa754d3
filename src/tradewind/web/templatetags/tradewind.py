"""Components of pages: `{% load tradewind %}`."""

import uuid
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.template import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from tradewind.accounts.access import Access
from tradewind.accounts.models import User, Workspace
from tradewind.accounts.roles import Permission
from tradewind.web import navigation as map_of_areas
from tradewind.web.charts import Chart
from tradewind.web.states import SAME, STATES
from tradewind.web.statics import asset as built

register = template.Library()


def access_of(context: Context) -> Access | None:
    """What the viewer may do in the workspace of this page; None on pages outside a workspace."""
    access: Access | None = getattr(context.get("request"), "access", None)
    return access


# --- addresses and files -------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def to(context: Context, name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page in the current workspace: `{% to 'campaigns:report' campaign.pk %}`."""
    access = access_of(context)
    if access is None:
        raise template.TemplateSyntaxError(f"{{% to {name!r} %}} stands on a page without a workspace")
    return access.url(name, *args, **kwargs)


@register.simple_tag
def asset(name: str) -> str:
    return built(name)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon of Tabler; decoration only, so the words beside it must say it all."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        css,
        built("icons.svg"),
        name,
    )


@register.filter
def allows(access: Access | None, permission: str) -> bool:
    """`{% if request.access|allows:"send" %}`"""
    return access is not None and access.allows(Permission(permission))


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[map_of_areas.ShownArea]:
    access, request = access_of(context), context["request"]
    app = request.resolver_match.app_name if request.resolver_match else ""
    return map_of_areas.navigation(access, request.path, app) if access else []


@register.simple_tag(takes_context=True)
def heading(context: Context) -> str:
    """The page's title once more (its `title` block), for the heading."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block("title") if blocks else None
    return block.nodelist.render(context) if block else ""


@register.simple_tag(takes_context=True)
def search_url(context: Context) -> str:
    """Where the search box at the side leads; empty outside a workspace."""
    access = access_of(context)
    return access.url("audience:contacts") if access else ""


@register.simple_tag(takes_context=True)
def workspaces(context: Context) -> list[Workspace]:
    """The workspaces of the person who looks."""
    user = context["user"]
    return list(user.workspaces.order_by("name")) if user.is_authenticated else []


@register.filter
def initials(user: User) -> str:
    """ "AC" for Alice Chen, "陈" for 陈晓丽."""
    words = str(user).split("@")[0].split()
    first, last = words[0][0], words[-1][0] if len(words) > 1 else ""
    return (first + last).upper() if first.isascii() else first


# --- words for values ----------------------------------------------------------------------------------------------------


@register.filter
def num(value: float | None) -> str:
    """1,842; a dash for nothing known. Groups of three in both languages: Django's formats for Chinese make
    groups of four, which no table of an exporter has."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


@register.filter
def percent(part: float | None, whole: float | None = 1) -> str:
    """`{{ opened|percent:accepted }}`; a dash when there is nothing to take a part of."""
    if part is None or not whole:
        return "–"
    rate = 100 * part / whole
    return f"{rate:.0f} %" if rate in (0, 100) else f"{rate:.1f} %"


@register.simple_tag
def local(at: datetime | date | None, shape: str = "short") -> SafeString | str:
    """A time in the viewer's zone; the whole of it, with the zone, when the pointer rests on it. `shape`: short,
    full, date, time."""
    if at is None:
        return "–"
    if not isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), date_format(at, "DATE_FORMAT"))
    here = timezone.localtime(at)
    whole = f"{date_format(here, 'DATE_FORMAT')} {here:%H:%M:%S} {here:%Z}"
    if shape == "full":
        words = whole
    elif shape == "date":
        words = date_format(here, "DATE_FORMAT")
    elif shape == "time" or here.date() == timezone.localdate():
        words = f"{here:%H:%M}"
    else:
        near = here.year == timezone.localdate().year
        words = f"{date_format(here, 'MONTH_DAY_FORMAT' if near else 'DATE_FORMAT')} {here:%H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', here.isoformat(), whole, words)


@register.simple_tag
def ago(at: datetime | None) -> SafeString | str:
    """ "5 minutes ago", "in 2 hours"; the time itself when the pointer rests on it."""
    if at is None:
        return _("never")
    here = timezone.localtime(at)
    now = timezone.now()
    words = (
        _("in %(time)s") % {"time": timeuntil(at, now, depth=1)}
        if at > now
        else _("%(time)s ago") % {"time": timesince(at, now, depth=1)}
    )
    if abs((now - at).total_seconds()) < 60:
        words = _("just now")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', here.isoformat(), f"{here:%Y-%m-%d %H:%M:%S %Z}", words
    )


# --- components ----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/figure.html")
def figure(
    value: Any, label: str, href: str = "", info: str = "", note: str = "", step: str = ""
) -> dict[str, Any]:
    """A number that is a door: `href` opens what it counts, `info` says how it is computed and how sure it is."""
    shown = num(value) if isinstance(value, int | float) or value is None else value
    return {
        "value": shown,
        "label": label,
        "href": href,
        "info": info,
        "note": note,
        "step": SAME.get(step, step),
    }


@register.inclusion_tag("components/info.html")
def info(text: str) -> dict[str, str]:
    return {"text": text}


@register.inclusion_tag("components/state.html")
def state(word: Any, label: str = "", step: str = "") -> dict[str, Any]:
    """A state as colour, icon and word; `step` gives it the look of another word of web/states.py."""
    name = str(getattr(word, "value", word))
    known = STATES.get(step or name) or STATES["planned"]
    return {
        "step": SAME.get(step or name, step or name),
        "icon": known.icon,
        "label": label or (STATES[name].label if name in STATES else name),
    }


@register.inclusion_tag("components/empty.html")
def empty(
    title: str,
    why: str,
    url: str = "",
    button: str = "",
    icon: str = "plant-2",
    more_url: str = "",
    more: str = "",
) -> dict[str, str]:
    """An empty page that teaches: what would stand here, why it helps, one button."""
    return {
        "title": title,
        "why": why,
        "url": url,
        "button": button,
        "name": icon,
        "more_url": more_url,
        "more": more,
    }


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str = "", step: str = "") -> dict[str, Any]:
    share = min(100.0, 100 * done / total) if total else 0.0
    return {
        "done": done,
        "total": total,
        "share": f"{share:.1f}",
        "label": label,
        "step": SAME.get(step, step),
    }


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """Previous and next of a paginator's page; the rest of the query stays."""
    query = context["request"].GET.copy()
    query.pop(name, None)
    return {"page": page, "name": name, "query": query.urlencode()}


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, label: str = "", mark_optional: bool = True, **attributes: Any
) -> dict[str, Any]:
    """One field of a form with its label, help and errors. Further arguments become attributes of the input
    (`data_x` → `data-x`). `mark_optional=False` for what a draft may lack, but not the finished thing."""
    widget = bound.field.widget
    kind = "input"
    if isinstance(widget, CheckboxInput):
        kind, css = "check", "form-check-input"
    elif isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        kind, css = "choices", "form-check-input"
    elif isinstance(widget, Select):
        css = "form-select"
    else:
        css = "form-control"
    attrs: dict[str, Any] = {key.replace("_", "-"): value for key, value in attributes.items()}
    attrs["class"] = " ".join(
        filter(None, [css, widget.attrs.get("class", ""), "is-invalid" if bound.errors else ""])
    )
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    described += [f"{bound.auto_id}_errors"] if bound.errors else []
    if described:
        attrs["aria-describedby"] = " ".join(described)
    optional = (
        mark_optional and not bound.field.required and kind == "input" and not isinstance(widget, FileInput)
    )
    return {
        "field": bound,
        "kind": kind,
        "label": label or bound.label,
        "optional": optional,
        "widget": bound.as_widget(attrs=attrs) if kind != "choices" else None,
    }


@register.inclusion_tag("components/fields.html")
def fields(form: Any) -> dict[str, Any]:
    """All fields of a form, with what is wrong with it as a whole."""
    return {"form": form}


@register.inclusion_tag("components/chart.html")
def chart(data: Chart, title: str) -> dict[str, Any]:
    """A chart and the table behind it; `title` is what a screen reader says."""
    return {"chart": data, "json": data.as_json(), "id": f"chart-{uuid.uuid4().hex[:8]}", "title": title}


@register.inclusion_tag("components/copy.html")
def copy(text: str = "", source: str = "", label: str = "") -> dict[str, str]:
    """A button that copies `text`, or what stands in the element `source` ("#id")."""
    return {"text": text, "source": source, "label": label}


NOTES = {
    "info": {"icon": "info-circle"},
    "good": {"icon": "circle-check"},
    "warn": {"icon": "alert-triangle"},
    "bad": {"icon": "alert-circle"},
}


@register.simple_block_tag
def note(content: str, level: str = "info") -> SafeString:
    """A sentence that matters: `{% note "warn" %}…{% endnote %}`; levels: info, good, warn, bad."""
    role = "alert" if level == "bad" else "note"
    return format_html(
        '<div class="tw-note" data-level="{}" role="{}">{}<div>{}</div></div>',
        level,
        role,
        icon(NOTES[level]["icon"]),
        content,
    )


@register.simple_block_tag
def card(content: str, title: str = "", flush: bool = False) -> SafeString:
    """A box with a heading; `flush=True` for tables and lists that reach its edges."""
    head = (
        format_html('<div class="card-header"><h2 class="card-title">{}</h2></div>', title) if title else ""
    )
    body = content if flush else format_html('<div class="card-body">{}</div>', content)
    return format_html('<section class="card">{}{}</section>', head, body)


@register.simple_block_tag
def rows(content: str) -> SafeString:
    """A table (`<thead>` and `<tbody>` inside); on a phone each row becomes a card, whose cells say their `data-label`."""
    return format_html(
        '<div class="table-responsive"><table class="table table-hover tw-rows">{}</table></div>', content
    )

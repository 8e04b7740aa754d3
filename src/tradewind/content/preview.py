"""What one person would see: a template or version filled with values."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from babel import Locale
from liquid.exceptions import LiquidError

from tradewind.accounts.models import Workspace
from tradewind.content import liquid
from tradewind.content.compile import Compiled, compile_template, one_line
from tradewind.content.fields import samples
from tradewind.content.findings import Finding, Level, Part
from tradewind.content.models import Template, TemplateVersion


class Company(Protocol):
    @property
    def name(self) -> str: ...


class Person(Protocol):
    """What is read of a contact (this package knows no audience)."""

    email: str
    first_name: str
    last_name: str
    job_title: str
    phone: str
    country: str
    language: str
    industry: str
    source: str
    custom: Any

    @property
    def full_name(self) -> str: ...
    @property
    def company(self) -> Company | None: ...


class From(Protocol):
    name: str
    email: str


class CannotPreview(Exception):
    """The template cannot be rendered; `findings` say why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.sentence for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    html: str
    text: str


def render(source: Template | TemplateVersion | Compiled, values: dict[str, Any]) -> Rendered:
    """The mail with these values. Raises CannotPreview."""
    if isinstance(source, Template):
        made = compile_template(source)
        if isinstance(made, list):
            raise CannotPreview(made)
        source = made
    return Rendered(
        subject=one_line(_fill(source.subject, values, Part.SUBJECT)),
        html=_fill(source.html, values, Part.MJML),
        text=_fill(source.text, values, Part.TEXT),
    )


def _fill(source: str, values: dict[str, Any], part: Part) -> str:
    try:
        return liquid.parse(source, html=part is Part.MJML).render(**values)
    except LiquidError as error:
        line = liquid.line_of(error) if part is not Part.MJML else None  # lines of compiled HTML help nobody
        broken = Finding(Level.BLOCKS, "broken_liquid", liquid.explain(error), part, line)
        raise CannotPreview([broken]) from error


def sample_values(
    contact: Person | None, workspace: Workspace | None = None, sender: From | None = None
) -> dict[str, Any]:
    """Merge values for a preview: of this contact, or of an invented one; of this workspace and sender,
    or invented."""
    values = samples()
    if contact is not None:
        values |= of_contact(contact)
    if workspace is not None:
        values |= of_workspace(workspace)
    if sender is not None:
        values |= {"sender_name": sender.name, "sender_email": sender.email}
    return values


def of_contact(contact: Person) -> dict[str, Any]:
    names = ("email", "first_name", "last_name", "full_name", "job_title", "phone", "country", "language")
    values: dict[str, Any] = {name: getattr(contact, name) for name in (*names, "industry", "source")}
    values["company"] = contact.company.name if contact.company is not None else ""
    values["country_name"] = country_names().get(contact.country, "")
    values["custom"] = dict(contact.custom or {})
    return values


def of_workspace(workspace: Workspace) -> dict[str, Any]:
    return {
        "workspace_name": workspace.company_name or workspace.name,
        "workspace_address": workspace.postal_address,
        "workspace_website": workspace.website,
    }


@cache
def country_names() -> dict[str, str]:
    """ISO 3166-1 alpha-2 → English name."""
    return dict(Locale("en").territories)

"""Starter templates: read from `content/starters`, copied into a workspace, from then on the workspace's
own."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tradewind.accounts.models import User, Workspace
from tradewind.content.models import Template

BLANK = """<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all font-family="Helvetica, Arial, sans-serif" />
      <mj-text font-size="16px" line-height="1.6" color="#24323f" />
    </mj-attributes>
  </mj-head>
  <mj-body background-color="#ffffff">
    <mj-section>
      <mj-column>
        <mj-text>Hello {{ first_name | default: "there" }},</mj-text>
        <mj-text></mj-text>
        <mj-text font-size="13px" color="#5b6b7a">
          {{ workspace_name }} · {{ workspace_address }}<br />
          <a href="{{ unsubscribe_url }}">Unsubscribe</a>
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


@dataclass(frozen=True, slots=True)
class Starter:
    key: str  # "introduction.en"
    order: int
    language: str  # BCP 47, of the text
    name: str
    about: str
    subject: str
    preheader: str
    mjml: str


@cache
def starters() -> dict[str, Starter]:
    """All starters by key, in the order to show them."""
    found = []
    for file in (files("tradewind.content") / "starters").iterdir():
        if file.name.endswith(".toml"):
            key = file.name.removesuffix(".toml")
            found.append(Starter(key=key, **tomllib.loads(file.read_text(encoding="utf-8"))))
    return {starter.key: starter for starter in sorted(found, key=lambda s: (s.language, s.order))}


def from_starter(workspace: Workspace, key: str, user: User | None = None) -> Template:
    """A new template of the workspace, a copy of that starter. Raises KeyError for a key that does not
    exist."""
    starter = starters()[key]
    return Template.objects.create(
        workspace=workspace,
        name=starter.name,
        subject=starter.subject,
        preheader=starter.preheader,
        mjml=starter.mjml,
        language=starter.language,
        created_by=user,
    )


def blank(workspace: Workspace, name: str, user: User | None = None) -> Template:
    """A new template with a foot and nothing else."""
    return Template.objects.create(workspace=workspace, name=name, mjml=BLANK, created_by=user)


def copy(template: Template, name: str, user: User | None = None) -> Template:
    """A new template that says the same."""
    return Template.objects.create(
        workspace=template.workspace,
        name=name,
        subject=template.subject,
        preheader=template.preheader,
        mjml=template.mjml,
        text=template.text,
        language=template.language,
        created_by=user,
    )

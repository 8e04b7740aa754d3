"""`tradewind campaigns ...` and `tradewind trace`: everything the campaign pages do, for scripts and terminals."""

import json
from collections.abc import Callable
from typing import Any

import typer

from tradewind.cli.common import CAMPAIGNS, LOOK, fail, start_django
from tradewind.cli.words import gettext as _

ID = typer.Argument(..., help=_("Number of the campaign, as `tradewind campaigns list` shows it."))
AS_JSON = typer.Option(False, "--json", help=_("One JSON object instead of sentences."))


def register(app: typer.Typer) -> None:
    """Add the group and `trace`."""
    group = typer.Typer(no_args_is_help=True, help=_("Campaigns: list, check, start, pause, report."))
    app.add_typer(group, name="campaigns", rich_help_panel=CAMPAIGNS)
    _look(group)
    _write(group)
    _act(group)

    @app.command(
        "trace",
        rich_help_panel=LOOK,
        help=_("The whole journey of one message, or of the last ones to an address."),
    )
    def trace(
        what: str = typer.Argument(..., help=_("Number of a message, its Message-ID, or an address.")),
        as_json: bool = AS_JSON,
    ) -> None:
        start_django()
        print(traced(what, as_json=as_json))


def _look(group: typer.Typer) -> None:
    @group.command("list", help=_("Campaigns, the newest first."))
    def list_(
        workspace: str = typer.Option(
            "", "--workspace", "-w", help=_("Only those of this workspace (its short name).")
        ),
        as_json: bool = AS_JSON,
    ) -> None:
        start_django()
        rows = listed(workspace)
        if as_json:
            print(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            figures = f"{row['accepted']:>8}/{row['planned']:<8}"
            print(f"{row['id']:>6}  {row['state']:<10} {figures} {row['workspace']}  {row['name']}")

    @group.command(
        "check", help=_("What will happen and what is wrong. Exit code 1 when something blocks sending.")
    )
    def check(campaign: int = ID, as_json: bool = AS_JSON) -> None:
        start_django()
        found, can_start = checked(_get(campaign))
        print(json.dumps(found, ensure_ascii=False) if as_json else _check_text(found))
        raise typer.Exit(0 if can_start else 1)

    @group.command("report", help=_("The figures of a campaign: funnel, providers, refusals, findings."))
    def report(campaign: int = ID, as_json: bool = AS_JSON) -> None:
        start_django()
        found = reported(_get(campaign))
        print(json.dumps(found, ensure_ascii=False) if as_json else _report_text(found))


def _write(group: typer.Typer) -> None:
    @group.command("create", help=_("A new draft; prints its number."))
    def create(
        name: str = typer.Argument(..., help=_("Its name.")),
        workspace: str = typer.Option("", "--workspace", "-w", help=_("Short name of the workspace.")),
        lists: list[str] = typer.Option(
            [], "--list", help=_("Name of a list to send to; can be given several times.")
        ),
        excluded: list[str] = typer.Option(
            [], "--without", help=_("Name of a list whose people do not get it.")
        ),
        template: str = typer.Option("", "--template", help=_("Name of the template.")),
        sender: str = typer.Option("", "--sender", help=_("Address of the sender.")),
    ) -> None:
        start_django()
        print(created(name, workspace, lists, excluded, template, sender))


def _act(group: typer.Typer) -> None:
    actions: dict[str, tuple[str, Callable[[Any], object]]] = {
        "start": (_("Start a draft now."), lambda c: _rules().start(c)),
        "pause": (_("Stop sending for now."), lambda c: _rules().pause(c, _("the command line"))),
        "resume": (_("Go on after a pause."), lambda c: _rules().resume(c)),
        "cancel": (
            _("End a campaign for good; what has not left is not sent."),
            lambda c: _rules().cancel(c),
        ),
    }
    for name, (about, change) in actions.items():
        _add_action(group, name, about, change)


def _add_action(group: typer.Typer, name: str, about: str, change: Callable[[Any], object]) -> None:
    @group.command(name, help=about)
    def act(campaign: int = ID) -> None:
        start_django()
        from tradewind.outreach.campaigns import CampaignError

        found = _get(campaign)
        try:
            change(found)
        except CampaignError as error:
            fail(str(error))
        found.refresh_from_db()
        print(f"{found.pk} {found.state}")


def _rules() -> Any:
    from tradewind.outreach import campaigns

    return campaigns


def _get(pk: int) -> Any:
    from tradewind.outreach.models import Campaign

    found = (
        Campaign.objects.select_related("workspace", "template", "sender__domain", "origin")
        .filter(pk=pk)
        .first()
    )
    return found or fail(_("There is no campaign {pk}.").format(pk=pk))


def listed(workspace: str = "") -> list[dict[str, Any]]:
    """The 100 newest campaigns, with how many were planned and accepted."""
    from tradewind.insights.funnel import Funnel, funnels_of
    from tradewind.outreach.models import Campaign

    rows = Campaign.objects.select_related("workspace").order_by("-pk")
    rows = rows.filter(workspace__slug=workspace) if workspace else rows
    found = list(rows[:100])
    figures = funnels_of([c.origin_id for c in found if c.origin_id])
    return [
        {
            "id": c.pk,
            "name": c.name,
            "workspace": c.workspace.slug,
            "state": c.state,
            "planned": figures.get(c.origin_id or 0, Funnel()).planned,
            "accepted": figures.get(c.origin_id or 0, Funnel()).accepted,
        }
        for c in found
    ]


def created(
    name: str, workspace: str, lists: list[str], excluded: list[str], template: str, sender: str
) -> int:
    """The number of the new draft. Names that do not exist end the program with a sentence."""
    from tradewind.audience.models import List
    from tradewind.content.models import Template
    from tradewind.outreach import campaigns
    from tradewind.senders.models import Sender

    place = _workspace(workspace)
    chosen = [_named(List, place, name=n) for n in lists]
    left_out = [_named(List, place, name=n) for n in excluded]
    mail = _named(Template, place, name=template) if template else None
    who = _named(Sender, place, email=sender) if sender else None
    try:
        campaign = campaigns.create(place, name)
        campaigns.set_audience(campaign, chosen, left_out)
        campaigns.set_content(campaign, mail, who or campaign.sender)
    except campaigns.CampaignError as error:
        fail(str(error))
    return campaign.pk


def _workspace(slug: str) -> Any:
    from tradewind.accounts.models import Workspace

    rows = list(Workspace.objects.filter(**({"slug": slug} if slug else {}))[:2])
    return (
        rows[0]
        if len(rows) == 1
        else fail(_("Say which workspace with --workspace.") if rows else _("There is no such workspace."))
    )


def _named(model: Any, workspace: Any, **lookup: str) -> Any:
    found = model.objects.filter(workspace=workspace, **lookup).order_by("-pk").first()
    return found or fail(
        _("There is no “{name}” in this workspace.").format(name=next(iter(lookup.values())))
    )


def checked(campaign: Any) -> tuple[dict[str, Any], bool]:
    """The check as plain values, and whether the campaign could start."""
    from tradewind.outreach import campaigns

    report = campaigns.check(campaign)
    outlook = report.outlook
    found = {
        "can_start": report.can_start,
        "people": report.people,
        "domains_known": report.domains.known,
        "domains": report.domains.total,
        "problems": [
            {"level": p.level.value, "code": p.code, "sentence": p.sentence, "evidence": list(p.evidence)}
            for p in report.problems
        ],
        "providers": {p.provider: p.count for p in outlook.providers} if outlook else {},
        "skipped": {reason.value: n for reason, n in outlook.skipped.items()} if outlook else {},
        "finishes_at": outlook.finishes_at.isoformat() if outlook and outlook.finishes_at else None,
    }
    return found, report.can_start


def _check_text(found: dict[str, Any]) -> str:
    lines = [_("People: {n}").format(n=found["people"])]
    lines += [f"  {name:<16} {n:>8}" for name, n in found["providers"].items()]
    lines += [_("skipped, {why}: {n}").format(why=why, n=n) for why, n in found["skipped"].items()]
    lines += [
        f"[{p['level']}] {p['sentence']}" + "".join(f"\n    {e}" for e in p["evidence"])
        for p in found["problems"]
    ]
    return "\n".join(lines)


def reported(campaign: Any) -> dict[str, Any]:
    """Funnel, reach, providers, refusals and findings as plain values."""
    from tradewind.insights import diagnosis, funnel, reach, refusals

    head = {"id": campaign.pk, "name": campaign.name, "state": campaign.state}
    if campaign.origin is None:
        return head
    estimate = reach.reach(campaign.origin_id)
    return head | {
        "funnel": funnel.funnel(campaign.origin_id).as_dict(),
        "reach": {
            "method": estimate.method,
            "proven": estimate.proven,
            "measured": estimate.measured,
            "estimate": estimate.estimate,
            "low": estimate.low,
            "high": estimate.high,
            "why_not": estimate.why_not.value if estimate.why_not else None,
        },
        "providers": {p.provider: p.funnel.as_dict() for p in funnel.by_provider(campaign.origin_id)},
        "refusals": [
            {
                "step": c.step,
                "rule": c.rule,
                "code": c.code,
                "status": c.status,
                "fault": c.fault,
                "count": c.count,
                "words": c.words,
            }
            for c in refusals.refusals(campaign.origin_id)
        ],
        "findings": [
            {
                "code": f.code,
                "weight": f.weight,
                "cause": f.cause,
                "evidence": f.evidence,
                "next_step": f.next_step,
            }
            for f in diagnosis.diagnose(campaign.origin)
        ],
    }


def _report_text(found: dict[str, Any]) -> str:
    lines = [f"{found['name']} ({found['state']})"]
    lines += [f"  {name:<22} {n:>9}" for name, n in found.get("funnel", {}).items() if n]
    lines += [
        f"{r['count']:>6} × {r['code'] or ''} {r['status']} {r['words']}" for r in found.get("refusals", [])
    ]
    lines += [f"- {f['cause']} {f['evidence']}\n  → {f['next_step']}" for f in found.get("findings", [])]
    return "\n".join(lines)


def traced(what: str, *, as_json: bool) -> str:
    """The journeys of the messages that `what` names; at most the last 5 of an address."""
    from tradewind.insights.trace import for_postmaster

    messages = _messages(what)
    if not messages:
        fail(_("No message has this number, Message-ID or address."))
    if as_json:
        return "\n".join(
            json.dumps(_journey(message), ensure_ascii=False, default=str) for message in messages
        )
    return "\n".join(for_postmaster(message) for message in messages)


def _messages(what: str) -> list[Any]:
    from tradewind.ledger import tokens
    from tradewind.ledger.models import Message

    rows = Message.objects.select_related("origin__domain", "origin__sender", "contact")
    if what.isascii() and what.isdigit():
        return list(rows.filter(pk=int(what)))
    local = what.strip().strip("<>").partition("@")[0]
    by_id = tokens.read_id(local)
    if by_id is not None:
        return list(rows.filter(pk=by_id))
    return list(rows.filter(email=what.strip().lower()).order_by("-pk")[:5])


def _journey(message: Any) -> dict[str, Any]:
    from tradewind.insights.trace import trace

    found = trace(message)
    return {
        "id": message.pk,
        "message_id": found.message_id,
        "email": message.email,
        "provider": message.provider,
        "state": message.state,
        "moments": [
            {
                "at": m.at.isoformat(),
                "kind": str(m.kind),
                "sentence": m.sentence,
                "meaning": m.meaning,
                "words": m.words,
                "dialogue": [[line.ms, line.side, line.text] for line in m.dialogue],
            }
            for m in found.moments
        ],
    }

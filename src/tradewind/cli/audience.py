"""`tradewind contacts`, `tradewind suppress`: the audience, for scripts and terminals."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tradewind.cli.common import AUDIENCE, fail, start_django
from tradewind.cli.words import chosen_language
from tradewind.cli.words import gettext as _

if TYPE_CHECKING:
    from tradewind.accounts.models import Workspace
    from tradewind.audience.models import Import

WORKSPACE = typer.Option(
    "", "--workspace", "-w", help=_("Short name of the workspace; not needed when there is only one.")
)
AS_JSON = typer.Option(False, "--json", help=_("JSON instead of sentences."))
BASIS = typer.Option(
    ...,
    help=_(
        "Why we may write: double_opt_in, single_opt_in, customer, card_at_fair, legitimate_interest, unknown."
    ),
)
FINISH_LATER = 3600  # seconds until a job goes on with what a killed command has left
COUNTS = ("rows_total", "created", "updated", "unchanged", "subscribed", "kept_out", "rejected", "duplicates")


def register(app: typer.Typer) -> None:
    """Add the two groups."""
    contacts = typer.Typer(
        no_args_is_help=True, help=_("Contacts: bring them in from a file, take them out.")
    )
    suppress = typer.Typer(no_args_is_help=True, help=_("Addresses and domains that are never mailed."))
    app.add_typer(contacts, name="contacts", rich_help_panel=AUDIENCE)
    app.add_typer(suppress, name="suppress", rich_help_panel=AUDIENCE)
    _contacts(contacts)
    _suppress(suppress)


def _contacts(group: typer.Typer) -> None:
    @group.command("import", help=_("Import a CSV file; columns are recognised by their headings."))
    def import_(
        file: Path = typer.Argument(..., help=_("The file."), exists=True, dir_okay=False, readable=True),
        source: str = typer.Option(..., help=_("Where the addresses come from.")),
        basis: str = BASIS,
        list_name: str = typer.Option(
            "", "--list", "-l", help=_("Put them on this list; it is made if it is new.")
        ),
        note: str = typer.Option("", help=_("What proves it.")),
        keep_existing: bool = typer.Option(
            False, "--keep-existing", help=_("Leave known contacts as they are.")
        ),
        workspace: str = WORKSPACE,
        as_json: bool = AS_JSON,
    ) -> None:
        start_django()
        imported = _import(_workspace(workspace), file, source, basis, list_name, note, not keep_existing)
        result = _result(imported)
        print(json.dumps(result, ensure_ascii=False) if as_json else _table(imported, result))
        raise typer.Exit(0 if imported.state == "done" else 1)

    @group.command("export", help=_("All contacts as CSV, on standard output or into a file."))
    def export(
        to: Path | None = typer.Option(None, "--to", help=_("The file to write.")),
        list_name: str = typer.Option("", "--list", "-l", help=_("Only the subscribers of this list.")),
        workspace: str = WORKSPACE,
    ) -> None:
        start_django()
        lines = _exported(_workspace(workspace), list_name)
        if to is None:
            sys.stdout.writelines(lines)
        else:
            with to.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)


def _suppress(group: typer.Typer) -> None:
    @group.command(
        "add", help=_("Never mail these addresses or domains again; - reads them from standard input.")
    )
    def add(
        values: list[str] = typer.Argument(..., help=_("Addresses or domains.")),
        note: str = typer.Option("", help=_("Why.")),
        workspace: str = WORKSPACE,
        as_json: bool = AS_JSON,
    ) -> None:
        start_django()
        from tradewind.audience import suppression
        from tradewind.audience.words import SuppressionReason

        given = sys.stdin if values == ["-"] else values
        result = suppression.suppress_many(_workspace(workspace).pk, given, SuppressionReason.MANUAL, note)
        if as_json:
            print(
                json.dumps(
                    {"added": result.added, "known": result.known, "bad": result.bad}, ensure_ascii=False
                )
            )
        else:
            print(
                _("{added} added, {known} were on it already.").format(added=result.added, known=result.known)
            )
            for line, why in result.bad:
                print(f"{line}: {why}", file=sys.stderr)
        raise typer.Exit(1 if result.bad else 0)

    @group.command("remove", help=_("Take an address or domain off the list."))
    def remove(
        value: str = typer.Argument(..., help=_("Address or domain.")), workspace: str = WORKSPACE
    ) -> None:
        start_django()
        from tradewind.audience import suppression

        key = suppression.read_key(value)
        if not isinstance(key, suppression.Key):
            fail(str(key.reason.sentence))
        if not suppression.release(_workspace(workspace).pk, key.value, key.kind):
            fail(_("{value} is not on the list.").format(value=key.value))

    @group.command("list", help=_("All entries, or those that begin with TEXT."))
    def list_(
        text: str = typer.Argument("", help=_("Beginning of an address or domain.")),
        workspace: str = WORKSPACE,
        as_json: bool = AS_JSON,
    ) -> None:
        start_django()
        from tradewind.audience import suppression

        for row in (
            suppression.search(_workspace(workspace).pk, text).order_by("pk").iterator(chunk_size=2000)
        ):
            if as_json:
                at = row.created_at.isoformat(timespec="seconds")
                entry = {
                    "value": row.value,
                    "kind": row.kind,
                    "reason": row.reason,
                    "note": row.note,
                    "since": at,
                }
                print(json.dumps(entry, ensure_ascii=False))
            else:
                print("\t".join([row.value, row.reason, row.note]))


def _import(
    workspace: "Workspace",
    file: Path,
    source: str,
    basis: str,
    list_name: str,
    note: str,
    update_existing: bool,
) -> "Import":
    """The import, over. Ends the program with a sentence when the file or an option cannot be used."""
    from tradewind.audience import importing, lists
    from tradewind.audience.words import ConsentBasis

    known = [one.value for one in ConsentBasis]
    if basis not in known:
        fail(_("--basis must be one of: {known}.").format(known=", ".join(known)))
    try:
        import_ = importing.upload_file(workspace, None, file, chosen_language())
        importing.attest(
            import_,
            list_=lists.find_or_make(workspace, list_name) if list_name.strip() else None,
            source=source,
            basis=ConsentBasis(basis),
            note=note,
            update_existing=update_existing,
        )
        importing.start(import_, in_seconds=FINISH_LATER)
    except importing.ImportProblem as problem:
        fail(str(problem))
    importing.run(import_.pk)
    import_.refresh_from_db()
    return import_


def _result(import_: "Import") -> dict[str, Any]:
    from tradewind.audience.importing import files

    rejected = str(files.full(import_.rejected_path)) if import_.rejected_path else None
    counts = {name: getattr(import_, name) for name in COUNTS}
    return {
        "import": import_.pk,
        "state": import_.state,
        **counts,
        "rejected_file": rejected,
        "error": import_.error,
    }


def _table(import_: "Import", result: dict[str, Any]) -> str:
    words = {
        "rows_total": _("Rows"),
        "created": _("New contacts"),
        "updated": _("Updated"),
        "unchanged": _("Known, not changed"),
        "subscribed": _("New on the list"),
        "kept_out": _("Kept out: had unsubscribed or complained"),
        "rejected": _("Rejected"),
        "duplicates": _("There twice"),
    }
    width = max(_columns(word) for word in words.values())
    lines = [f"{word}{' ' * (width - _columns(word))}  {result[name]:>10,}" for name, word in words.items()]
    if result["rejected_file"]:
        lines.append(_("Rejected rows, each with its reason: {file}").format(file=result["rejected_file"]))
    return "\n".join([*([import_.error] if import_.error else []), *lines])


def _columns(text: str) -> int:
    """Width on a terminal: Chinese characters take two columns."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _exported(workspace: "Workspace", list_name: str) -> Iterator[str]:
    from tradewind.audience import contacts, exporting
    from tradewind.audience.models import List
    from tradewind.audience.words import SubscriptionState

    found = contacts.search(workspace, "")
    if list_name:
        chosen = List.objects.filter(workspace=workspace, name__iexact=list_name.strip()).first()
        if chosen is None:
            fail(_("There is no list {name}.").format(name=list_name))
        found = found.filter(subscriptions__list=chosen, subscriptions__state=SubscriptionState.SUBSCRIBED)
    return exporting.lines(found)


def _workspace(slug: str) -> "Workspace":
    from tradewind.accounts.models import Workspace

    rows = list(Workspace.objects.filter(slug=slug) if slug else Workspace.objects.order_by("pk")[:2])
    if slug and not rows:
        fail(_("There is no workspace {slug}.").format(slug=slug))
    if not rows:
        fail(_("There is no workspace yet."))
    if len(rows) > 1:
        fail(_("There are several workspaces: choose one with --workspace."))
    return rows[0]

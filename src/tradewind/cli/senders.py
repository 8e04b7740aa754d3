"""`tradewind domains`, `channels`, `senders`: from whom mail is sent, for scripts and terminals."""

import json
from typing import TYPE_CHECKING

import typer

from tradewind.cli.common import SET_UP, fail, start_django
from tradewind.cli.words import gettext as _

if TYPE_CHECKING:
    from tradewind.accounts.models import Workspace
    from tradewind.senders.models import Channel, SendingDomain

WORKSPACE = typer.Option(
    "", "--workspace", "-w", help=_("Short name of the workspace; not needed when there is only one.")
)
AS_JSON = typer.Option(False, "--json", help=_("JSON instead of sentences."))
DOMAIN = typer.Argument(..., help=_("The domain, like example.com."))
CHANNEL = typer.Argument(..., help=_("The name of the channel."))


def register(app: typer.Typer) -> None:
    """Add the three groups."""
    domains = typer.Typer(
        no_args_is_help=True, help=_("Sending domains: add one, its DNS records, check them.")
    )
    channels = typer.Typer(no_args_is_help=True, help=_("Channels: ways out for mail, and a test of each."))
    senders = typer.Typer(no_args_is_help=True, help=_("Senders: the names and addresses that readers see."))
    for name, group in (("domains", domains), ("channels", channels), ("senders", senders)):
        app.add_typer(group, name=name, rich_help_panel=SET_UP)
    _domains(domains)
    _channels(channels)
    _senders(senders)


def _domains(group: typer.Typer) -> None:
    @group.command("add", help=_("Add a domain, make its signing key, and print the records to publish."))
    def add(domain: str = DOMAIN, workspace: str = WORKSPACE) -> None:
        start_django()
        from tradewind.senders.domains import add_domain, zone_file
        from tradewind.senders.names import BadDomain

        try:
            made = add_domain(_workspace(workspace), domain)
        except BadDomain as error:
            fail(str(error))
        print(zone_file(made), end="")

    @group.command("records", help=_("The records to publish, as a zone file or as JSON."))
    def records(domain: str = DOMAIN, workspace: str = WORKSPACE, as_json: bool = AS_JSON) -> None:
        start_django()
        from tradewind.senders import domains as rules

        found = _domain(domain, workspace)
        if not as_json:
            print(rules.zone_file(found), end="")
            return
        rows = [
            {"type": r.type, "name": r.name, "value": r.value, "purpose": r.purpose, "required": r.required}
            for r in rules.records(found)
        ]
        print(json.dumps(rows, ensure_ascii=False))

    @group.command(
        "check", help=_("Ask the DNS about every record. Exit code 1 when something is missing for sending.")
    )
    def check(domain: str = DOMAIN, workspace: str = WORKSPACE, as_json: bool = AS_JSON) -> None:
        start_django()
        raise typer.Exit(_check(_domain(domain, workspace), as_json=as_json))


def _check(domain: "SendingDomain", *, as_json: bool) -> int:
    from tradewind.senders import checks

    results = checks.check(domain)
    blocked = bool(checks.can_send(domain))
    if as_json:
        rows = [
            {
                "code": r.code,
                "state": r.state,
                "name": r.name,
                "seen": r.seen,
                "expected": r.expected,
                "why": r.why,
                "mend": r.mend,
            }
            for r in results
        ]
        print(json.dumps({"domain": domain.name, "state": domain.state, "results": rows}, ensure_ascii=False))
        return int(blocked)
    for result in results:
        print(f"{result.state:<8} {result.title}: {result.why} {result.mend}".rstrip())
        if result.problem != "ok":
            print(f"         {result.name}\n         = {result.expected}")
    print(f"{domain.name}: {domain.state}")
    return int(blocked)


def _channels(group: typer.Typer) -> None:
    @group.command("add", help=_("Add a relay, or with --direct the way to the readers' own mail servers."))
    def add(
        name: str = typer.Argument(..., help=_("A name for it.")),
        host: str = typer.Option("", "--host", help=_("Server of the relay.")),
        port: int = typer.Option(0, "--port", help=_("Port; 587, or 25 when direct."), min=0, max=65535),
        security: str = typer.Option("starttls", "--security", help=_("starttls, tls or none.")),
        username: str = typer.Option("", "--username", help=_("User name, if the relay asks for a log-in.")),
        password_file: str = typer.Option(
            "", "--password-file", help=_("File that holds the password; - reads it from standard input.")
        ),
        direct: bool = typer.Option(False, "--direct", help=_("Straight to the MX of each reader.")),
        ehlo_name: str = typer.Option("", "--ehlo", help=_("Name to greet with; the PTR of this machine.")),
        workspace: str = WORKSPACE,
    ) -> None:
        start_django()
        from tradewind.senders.models import Channel

        owner = _workspace(workspace)
        kind = Channel.Kind.DIRECT if direct else Channel.Kind.RELAY
        chosen = Channel.Security.OPPORTUNISTIC.value if direct else security
        if not direct and not host:
            fail(_("A relay needs --host. For sending without one, give --direct."))
        if chosen not in set(Channel.Security):
            fail(_("--security is starttls, tls or none."))
        if owner.channels.filter(name=name).exists():
            fail(_("There is a channel of this name already."))
        channel = Channel.objects.create(
            workspace=owner,
            name=name,
            kind=kind,
            host=host,
            port=port or (25 if direct else 587),
            security=chosen,
            username=username,
            password=_secret(password_file),
            ehlo_name=ehlo_name,
        )
        print(channel.pk)

    @group.command(
        "test", help=_("Connect, greet, encrypt, log in; nothing is sent. Exit code 1 when it does not work.")
    )
    def test(
        channel: str = CHANNEL,
        domain: str = typer.Option(
            "gmail.com", "--domain", help=_("Whose mail server a direct channel is tried with.")
        ),
        talk: bool = typer.Option(False, "--talk", help=_("Show what was said.")),
        workspace: str = WORKSPACE,
    ) -> None:
        start_django()
        from tradewind.senders import channels

        result = channels.test(_channel(channel, workspace), domain)
        for who, line in result.dialogue if talk else ():
            print(who, line)
        print(result.sentence)
        raise typer.Exit(0 if result.ok else 1)


def _senders(group: typer.Typer) -> None:
    @group.command("add", help=_("Add a sender at one of the workspace's domains; prints its number."))
    def add(
        name: str = typer.Argument(..., help=_("Name that readers see.")),
        email: str = typer.Argument(..., help=_("Address, at a domain that was added.")),
        channel: str = typer.Option(..., "--channel", help=_("The name of the channel.")),
        reply_to: str = typer.Option(
            "", "--reply-to", help=_("Where answers go, if not to the address itself.")
        ),
        workspace: str = WORKSPACE,
    ) -> None:
        start_django()
        from tradewind.senders.identities import BadSender, add_sender

        owner = _workspace(workspace)
        try:
            made = add_sender(
                owner, name=name, email=email, channel=_channel(channel, owner.slug), reply_to=reply_to
            )
        except BadSender as error:
            fail(str(error))
        print(made.pk)


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


def _domain(name: str, workspace: str) -> "SendingDomain":
    found = _workspace(workspace).sending_domains.filter(name=name.strip().lower()).first()
    return found or fail(_("{name} was not added yet: tradewind domains add {name}").format(name=name))


def _channel(name: str, workspace: str) -> "Channel":
    found = _workspace(workspace).channels.filter(name=name).first()
    return found or fail(_("There is no channel {name}.").format(name=name))


def _secret(file: str) -> str:
    """The password: never an argument, which everybody on the machine could read in the list of processes."""
    import sys
    from pathlib import Path

    if not file:
        return ""
    try:
        typed = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        fail(_("The password file cannot be read: {reason}").format(reason=error.strerror))
    return typed.rstrip("\r\n")

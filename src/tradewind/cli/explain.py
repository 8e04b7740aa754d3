"""`tradewind explain "550 5.7.26 ..."`: what a mail server's reply means, whose fault it is, what is done."""

import json
import sys

import typer

from tradewind.cli.common import LOOK, fail, start_django
from tradewind.cli.words import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "explain", rich_help_panel=LOOK, help=_("What a mail server's reply means, and what we do about it.")
    )
    def explain(
        reply: str = typer.Argument(
            ..., help=_("The reply, such as '550 5.1.1 User unknown'; - reads it from the input.")
        ),
        host: str = typer.Option(
            "", "--host", help=_("The server that said it; its provider's own rules come first.")
        ),
        phase: str = typer.Option(
            "rcpt", "--phase", help=_("Where it was said: greeting, mail, rcpt, data or dot.")
        ),
        as_json: bool = typer.Option(False, "--json", help=_("One JSON object instead of sentences.")),
    ) -> None:
        start_django(database=False)
        print(explained(sys.stdin.read() if reply == "-" else reply, host, phase, as_json=as_json))


def explained(text: str, host: str, phase: str, *, as_json: bool) -> str:
    """The explanation as text or JSON; ends the program with a sentence if `text` is no reply."""
    from tradewind.delivery.replies.classify import classify
    from tradewind.delivery.replies.sentences import FAULTS, consequences, meaning
    from tradewind.delivery.smtp.errors import Phase
    from tradewind.delivery.smtp.replies import ReplySyntaxError, parse_reply

    try:
        reply = parse_reply(text.replace("\\n", "\n"))
        where = Phase(phase)
    except ReplySyntaxError:
        fail(_("This is no reply of a mail server: it must begin with a code of three digits."), 2)
    except ValueError:
        fail(_("The phase must be one of: {names}.").format(names=", ".join(Phase)), 2)
    if reply.positive:
        fail(_("This reply says that all is well; there is nothing to explain."), 2)
    found = classify(reply, phase=where, host=host)
    if as_json:
        facts = {
            "code": reply.code,
            "status": reply.enhanced,
            "where": found.where,
            "fault": found.fault,
            "persistence": found.persistence,
            "suppress": found.suppresses,
            "rule": found.rule,
            "rule_version": found.rule_version,
            "wait": found.wait,
            "meaning": meaning(found),
            "consequences": consequences(found),
        }
        return json.dumps(facts, ensure_ascii=False)
    lines = [
        meaning(found),
        _("At fault: {who}").format(who=FAULTS[found.fault]),
        *(f"- {line}" for line in consequences(found)),
        _("Rule {rule}, version {version}: {source}").format(
            rule=found.rule, version=found.rule_version, source=found.source
        ),
    ]
    return "\n".join(lines)

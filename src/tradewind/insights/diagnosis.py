"""What a campaign's figures say: the cause, the evidence, the next step. Only what the figures carry is said.

Each rule is a function from `Case` to findings; to add one, write it and put it into `RULES`. Thresholds
stand here with their source
(research: published warning lines of Google, Yahoo, Brevo and Klaviyo), and are compared with intervals, so
that 1 of 20 is no alarm.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradewind.core import clock
from tradewind.core.statistics import Rate
from tradewind.insights import funnel as funnels
from tradewind.insights import history, links, mail
from tradewind.insights.funnel import Funnel, ProviderFunnel
from tradewind.insights.refusals import Cause, refusals
from tradewind.insights.sql import statement
from tradewind.insights.words import Fault, Step
from tradewind.ledger.models import Origin
from tradewind.ledger.words import Reason
from tradewind.senders import providers as catalogue

COMPLAINTS = 0.001  # Google and Yahoo: stay under 0.1 %
HARD_BOUNCES = 0.02  # Brevo and Klaviyo: above 2 % is bad
UNSUBSCRIBES = 0.01  # Brevo and Klaviyo: above 1 % is bad
FEW_CLICKS = 0.03  # of people who opened; usual is 5 to 15 %
READING_HOURS = 24
ENOUGH_OPENS = 30
ENOUGH_DELIVERED = 100


class Weight(StrEnum):
    ACT = "act"  # do something now
    LOOK = "look"  # worth a look
    KNOW = "know"


@dataclass(frozen=True, slots=True)
class Finding:
    """`door` holds filters of the message list that show the evidence; `place` a page where the next step
    is done.
    """

    code: str
    weight: Weight
    cause: str
    evidence: str
    next_step: str
    door: dict[str, Any] = field(default_factory=dict)
    place: str = ""
    target: int | None = None


@dataclass(frozen=True)
class Case:
    """The figures of one origin, read once when a rule asks for them."""

    origin: Origin

    @cached_property
    def funnel(self) -> Funnel:
        return funnels.funnel(self.origin.pk)

    @cached_property
    def providers(self) -> list[ProviderFunnel]:
        return funnels.by_provider(self.origin.pk)

    @cached_property
    def causes(self) -> list[Cause]:
        return refusals(self.origin.pk)

    @cached_property
    def usual(self) -> dict[Step, int]:
        return history.usual(self.origin.workspace_id, but=self.origin.pk)

    @cached_property
    def read_long_enough(self) -> bool:
        begun = self.origin.planned_at
        return begun is not None and clock.mail((clock.now() - begun).total_seconds()) >= READING_HOURS * 3600

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement(name), {"origin": self.origin.pk})
            return list(cursor.fetchall())


def diagnose(origin: Origin) -> list[Finding]:
    """Findings about one origin, the most urgent first; none when nothing stands out."""
    case = Case(origin)
    order = list(Weight)
    return sorted((finding for rule in RULES for finding in rule(case)), key=lambda f: order.index(f.weight))


def blocked(case: Case) -> Iterator[Finding]:
    """A provider refuses because of us, not because of the addresses."""
    ours = (Fault.REPUTATION, Fault.IDENTITY, Fault.CONTENT)
    for cause in case.causes:
        if cause.fault in ours and cause.count >= 3:
            names = _names(cause.providers)
            yield Finding(
                "blocked",
                Weight.ACT,
                _("%(provider)s refuses our mail. %(meaning)s")
                % {"provider": names, "meaning": cause.sentence},
                _("%(count)s messages: “%(words)s”") % {"count": cause.count, "words": cause.words},
                str(cause.next_step),
                {"step": cause.step, "reason": cause.rule},
                "domain" if cause.fault is Fault.IDENTITY else "",
                case.origin.domain_id if cause.fault is Fault.IDENTITY else None,
            )


def complaints(case: Case) -> Iterator[Finding]:
    rate = case.funnel.share_of_delivered(Step.COMPLAINED)
    if rate.count >= 2 and (rate.value or 0) > COMPLAINTS:
        yield Finding(
            "complaints",
            Weight.ACT,
            _("Readers report this mail as spam more often than Gmail and Yahoo tolerate (0.1 %)."),
            _("%(count)s of %(of)s readers complained.") % {"count": rate.count, "of": rate.of},
            _(
                "Write only to those who know you; say in the first line why they get this mail; keep "
                "the unsubscribe link easy to find."
            ),
            {"step": Step.COMPLAINED},
        )


def dead_addresses(case: Case) -> Iterator[Finding]:
    """Mailboxes that do not exist, when they come from one place."""
    rows = case.rows("sources")
    total = sum(gone for _id, _name, gone, _tried in rows)
    for import_id, name, gone, tried in rows:
        if gone < 3 or Rate(gone, tried).interval.low < HARD_BOUNCES:
            continue
        where = (
            _("the import “%(name)s”") % {"name": name}
            if import_id
            else _("the source “%(name)s”") % {"name": name or "–"}
        )
        yield Finding(
            "dead_addresses",
            Weight.ACT if gone * 2 >= total else Weight.LOOK,
            _("Many addresses from %(where)s do not exist (any more).") % {"where": where},
            _("%(gone)s of %(tried)s from there; %(total)s in the whole campaign.")
            % {"gone": gone, "tried": tried, "total": total},
            _(
                "These addresses are kept out from now on. Check where the file came from before you "
                "write to the rest of it."
            ),
            {"step": Step.REFUSED},
            "import" if import_id else "",
            import_id,
        )


def deferring(case: Case) -> Iterator[Finding]:
    for provider, waiting, words, attempts, _next_at in case.rows("deferrals"):
        part = next((p.funnel for p in case.providers if p.provider == provider), Funnel())
        if waiting >= 5 and waiting * 10 >= part.planned:
            yield Finding(
                "deferring",
                Weight.LOOK,
                _("%(provider)s makes us wait.") % {"provider": _name(provider)},
                _(
                    "%(waiting)s of %(planned)s wait for another try, after up to %(attempts)s tries: "
                    "“%(words)s”"
                )
                % {"waiting": waiting, "planned": part.planned, "attempts": attempts, "words": words},
                _("Nothing to do: they are tried again by themselves, more slowly."),
                {"state": "deferred", "provider": provider},
            )


def low_opens(case: Case) -> Iterator[Finding]:
    """Fewer people open than usual: everywhere (subject, sender) or at one provider (spam folder)."""
    whole = case.funnel.share_of_delivered(Step.OPENED_HUMAN)
    if not case.read_long_enough or whole.of < ENOUGH_DELIVERED:
        return
    alone = [p for p in case.providers if _opens_apart(p, case.funnel)]
    for part in alone:
        yield _low_at_one(part, case.funnel)
    past = Rate(case.usual.get(Step.OPENED_HUMAN, 0), case.usual.get(Step.ACCEPTED, 0))
    if not alone and past.of >= ENOUGH_DELIVERED and whole.interval.high < past.interval.low:
        yield Finding(
            "low_opens",
            Weight.LOOK,
            _(
                "Fewer people opened this mail than usual, at all providers alike: that points at the "
                "subject or the sender's name."
            ),
            _("%(now)s of %(of)s opened it (%(rate)s %%); usual here is %(usual)s %%.")
            % {"now": whole.count, "of": whole.of, "rate": _percent(whole), "usual": _percent(past)},
            _(
                "Try another subject on a small part of the list: shorter, with the reader's company "
                "or product in it."
            ),
            {"step": Step.OPENED_HUMAN},
            "template",
            case.origin.version.template_id,
        )


def _opens_apart(part: ProviderFunnel, whole: Funnel) -> bool:
    here = part.funnel.share_of_delivered(Step.OPENED_HUMAN)
    rest = Rate(whole.opened_human - part.funnel.opened_human, whole.delivered - part.funnel.delivered)
    return here.of >= ENOUGH_OPENS and rest.of >= ENOUGH_OPENS and here.interval.high < rest.interval.low / 2


def _low_at_one(part: ProviderFunnel, whole: Funnel) -> Finding:
    here = part.funnel.share_of_delivered(Step.OPENED_HUMAN)
    rest = Rate(whole.opened_human - part.funnel.opened_human, whole.delivered - part.funnel.delivered)
    machines = part.funnel.opened_only_machine
    return Finding(
        "low_opens_at_one",
        Weight.LOOK,
        _(
            "At %(provider)s far fewer people opened it than elsewhere: there the mail probably lies "
            "in the spam folder, or its pictures are blocked."
        )
        % {"provider": _name(part.provider)},
        _("%(here)s %% of %(of)s there, %(rest)s %% elsewhere; %(machines)s were loaded by machines only.")
        % {"here": _percent(here), "of": here.of, "rest": _percent(rest), "machines": machines},
        _(
            "Write to those first who opened or answered before, and slow down at this provider until "
            "the rate recovers."
        ),
        {"step": Step.ACCEPTED, "provider": part.provider},
    )


def no_clicks(case: Case) -> Iterator[Finding]:
    """Opened as usual, but nobody follows the links."""
    if not case.read_long_enough or case.funnel.opened_human < ENOUGH_OPENS:
        return
    rate = Rate(min(case.funnel.clicked_human, case.funnel.opened_human), case.funnel.opened_human)
    if rate.interval.high >= FEW_CLICKS * 2 or (rate.value or 0) >= FEW_CLICKS:
        return
    found = links.links(case.origin)
    if not found:
        yield Finding(
            "no_links",
            Weight.LOOK,
            _("People opened this mail, and it gives them nothing to click."),
            _("The mail has no link."),
            _("Add one clear link: a catalogue, a sample request, a date for a call."),
            {"step": Step.OPENED_HUMAN},
            "template",
            case.origin.version.template_id,
        )
        return
    evidence = _("%(opened)s people opened it, %(clicked)s clicked.") % {
        "opened": rate.of,
        "clicked": rate.count,
    }
    images = mail.images_before_first_link(case.origin.version.html)
    where = (
        ngettext("The first link is below %(n)s picture.", "The first link is below %(n)s pictures.", images)
        % {"n": images}
        if images
        else ""
    )
    yield Finding(
        "no_clicks",
        Weight.LOOK,
        _(
            "People opened this mail, but hardly anybody clicked: that points at the content, not at "
            "the delivery."
        ),
        f"{evidence} {where}".strip(),
        _("Put one clear offer with its link near the top, and say what the reader gets behind it."),
        {"step": Step.OPENED_HUMAN},
        "template",
        case.origin.version.template_id,
    )


def unsubscribes(case: Case) -> Iterator[Finding]:
    rate = case.funnel.share_of_delivered(Step.UNSUBSCRIBED)
    if rate.interval.low > UNSUBSCRIBES:
        yield Finding(
            "unsubscribes",
            Weight.LOOK,
            _("More readers than usual unsubscribe: the mail is not what they expected, or comes too often."),
            _("%(count)s of %(of)s (%(rate)s %%); above 1 %% is too many.")
            % {"count": rate.count, "of": rate.of, "rate": _percent(rate)},
            _("Send this kind of mail to a narrower part of the list."),
            {"step": Step.UNSUBSCRIBED},
        )


def unknowns(case: Case) -> Iterator[Finding]:
    n = case.funnel.unknown
    if n:
        yield Finding(
            "unknowns",
            Weight.KNOW,
            ngettext(
                "Of %(n)s message we do not know whether it arrived.",
                "Of %(n)s messages we do not know whether they arrived.",
                n,
            )
            % {"n": n},
            _("The connection broke after the whole message was sent and before the server's answer came."),
            _(
                "They are not sent again by themselves, so that nobody gets the mail twice. An open, "
                "a click or a reply will tell."
            ),
            {"step": Step.UNKNOWN},
        )


def many_skipped(case: Case) -> Iterator[Finding]:
    if case.funnel.skipped * 5 < case.funnel.planned or case.funnel.skipped < 5:
        return
    reason, n = next(iter(funnels.skipped(case.origin.pk).items()))
    yield Finding(
        "many_skipped",
        Weight.KNOW,
        _("A large part of the audience was not written to."),
        _("%(n)s of %(planned)s: %(why)s")
        % {"n": n, "planned": case.funnel.planned, "why": reason_sentence(reason)},
        _(
            "Remove these contacts from the list, or choose another list, so that your figures mean "
            "what they say."
        ),
        {"step": Step.SKIPPED, "reason": reason},
    )


RULES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    blocked,
    complaints,
    dead_addresses,
    low_opens,
    no_clicks,
    unsubscribes,
    deferring,
    unknowns,
    many_skipped,
)


def reason_sentence(reason: str) -> str:
    """A reason of the gate as a sentence; the id of a reply rule as it is."""
    try:
        return str(Reason(reason).sentence)
    except ValueError:
        return reason


def _percent(rate: Rate) -> str:
    return f"{100 * (rate.value or 0):.1f}"


def _name(provider: str) -> str:
    found = catalogue.catalogue().get(provider)
    return found.name if found else provider


def _names(keys: tuple[str, ...]) -> str:
    return ", ".join(_name(key) for key in keys)

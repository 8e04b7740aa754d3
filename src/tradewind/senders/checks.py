"""Whether the records of a domain stand in the DNS as they should. No answer is "unknown", never
"missing"."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

from django.conf import settings
from django.utils.functional import Promise

from tradewind.core import clock, dns
from tradewind.core.dns import Answer, Status
from tradewind.senders import dkim, dmarc, domains, spf
from tradewind.senders.check_words import MENDS, REASONS, TITLES
from tradewind.senders.domains import DnsRecord
from tradewind.senders.models import DkimKey, SendingDomain
from tradewind.senders.models import SendingDomainState as State

Ask = Callable[[str, str], Answer]


class CheckState(StrEnum):
    OK = "ok"
    WRONG = "wrong"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One record. `problem` is a key of `check_words.REASONS`; `why` and `mend` are its sentences in the
    reader's language.

    `identity` results decide whether the domain is authenticated; `required` ones whether anything is
    sent."""

    code: str
    state: CheckState
    name: str
    seen: str
    expected: str
    problem: str
    detail: str = ""
    identity: bool = True
    required: bool = True

    @property
    def title(self) -> str:
        return str(TITLES[self.code])

    @property
    def why(self) -> str:
        return self._say(REASONS)

    @property
    def mend(self) -> str:
        return self._say(MENDS)

    @property
    def shown(self) -> str:
        """The value to show: what stands there when it is right, else what should."""
        return self.seen if self.state is CheckState.OK and self.seen else self.expected

    def _say(self, sentences: dict[str, Promise]) -> str:
        sentence = sentences.get(self.problem)
        known = {"detail": self.detail, "name": self.name, "expected": self.expected}
        return str(sentence) % known if sentence is not None else ""


def check(domain: SendingDomain, ask: Ask = dns.ask) -> list[CheckResult]:
    """Ask the DNS about every record, and store the results and the domain's new state."""
    results = look(domain, ask)
    now = clock.now()
    domain.state = next_state(State(domain.state), results)
    domain.checks = [asdict(result) for result in results]
    domain.checked_at = now
    if domain.state == State.AUTHENTICATED and domain.authenticated_at is None:
        domain.authenticated_at = now
    domain.save(update_fields=["state", "checks", "checked_at", "authenticated_at"])
    return results


def look(domain: SendingDomain, ask: Ask = dns.ask) -> list[CheckResult]:
    """The same without storing."""
    wanted = domains.records(domain)
    keys = domain.dkim_keys.filter(active=True).select_related("domain").order_by("pk")
    results = [_dkim(key, ask) for key in keys]
    policy = dmarc.walk(domain.name, ask)
    results.append(_spf(domain, policy, ask))
    results.append(_dmarc(domain, policy))
    for record in wanted:
        if record.code == "mx":
            results.append(_mx(record, ask))
        elif record.code == "tracking":
            results.append(_tracking(record, ask))
    return results


def next_state(state: State, results: list[CheckResult]) -> State:
    """Bad decides; silence keeps a domain that was authenticated going; everything good authenticates."""
    identity = [result.state for result in results if result.identity]
    if any(found in (CheckState.MISSING, CheckState.WRONG) for found in identity):
        return State.PENDING if state is State.PENDING else State.FAILING
    if CheckState.UNKNOWN in identity:
        return State.UNKNOWN if state in (State.AUTHENTICATED, State.UNKNOWN) else state
    return State.AUTHENTICATED


def stored(domain: SendingDomain) -> list[CheckResult]:
    """The results of the last check; empty when there was none."""
    names = CheckResult.__slots__
    return [
        CheckResult(**{**{n: entry[n] for n in names if n in entry}, "state": CheckState(entry["state"])})
        for entry in domain.checks
    ]


def can_send(domain: SendingDomain) -> list[CheckResult]:
    """What is missing before this domain may send, by the last check; empty: nothing. Never checked: all
    of it."""
    bad = (CheckState.MISSING, CheckState.WRONG)
    if domain.state in (State.AUTHENTICATED, State.UNKNOWN):
        return [result for result in stored(domain) if result.required and result.state in bad]
    results = stored(domain) or [
        _not_checked(record) for record in domains.records(domain) if record.required
    ]
    return [result for result in results if result.required and result.state is not CheckState.OK]


def _not_checked(record: DnsRecord) -> CheckResult:
    identity = record.code != "tracking"
    return CheckResult(
        record.code, CheckState.MISSING, record.name, "", record.value, "not_checked", identity=identity
    )


def _dkim(key: DkimKey, ask: Ask) -> CheckResult:
    name, expected = dkim.record_name(key), dkim.record_value(key)
    answer = ask(name, "TXT")
    seen = " | ".join(answer.values)

    def result(state: CheckState, problem: str, detail: str = "") -> CheckResult:
        return CheckResult("dkim", state, name, seen, expected, problem, detail)

    if not answer.known:
        return result(CheckState.UNKNOWN, "no_answer", answer.why)
    published = [found for found in map(dkim.published_key, answer.values) if found is not None]
    if not answer.values:
        return result(CheckState.MISSING, "dkim_missing")
    if not published:
        return result(CheckState.WRONG, "dkim_no_key")
    if len(answer.values) > 1:
        return result(CheckState.WRONG, "dkim_several")
    if published[0] == key.public_key:
        return result(CheckState.OK, "ok")
    if published[0] == "":
        return result(CheckState.WRONG, "dkim_revoked")
    cut = key.public_key.startswith(published[0])
    return result(CheckState.WRONG, "dkim_cut" if cut else "dkim_other")


def _spf(domain: SendingDomain, policy: dmarc.Walk, ask: Ask) -> CheckResult:
    host, expected = domain.return_path_host, domains.spf_value(domain)
    verdict, problem, detail, seen = _spf_verdict(domain, ask)
    if verdict is CheckState.WRONG and seen:
        expected = domains.merged_spf(domain, seen.split(" | ")[0])
    if verdict is CheckState.OK:
        own = dmarc.walk(host, ask)
        strict = bool(policy.policy and policy.policy.strict_spf)
        if own.known and policy.known and not dmarc.aligned(policy, own, strict=strict):
            # DKIM still aligns; worth knowing, nothing to stop for
            problem = "spf_not_aligned"
    return CheckResult("spf", verdict, host, seen, expected, problem, detail)


def _spf_verdict(domain: SendingDomain, ask: Ask) -> tuple[CheckState, str, str, str]:
    """State, problem, detail and the record as seen."""
    host = domain.return_path_host
    verdict, how = spf.evaluate(host, None, ask)
    seen = how.record or " | ".join(how.seen)
    if verdict is spf.Verdict.UNKNOWN:
        return CheckState.UNKNOWN, "no_answer", "", seen
    if verdict is spf.Verdict.NONE:
        return CheckState.MISSING, "spf_missing", "", seen
    if verdict is spf.Verdict.PERMERROR:
        return CheckState.WRONG, *_spf_problem(how), seen
    for address in domains.sending_addresses(domain) or _mail_host_addresses(ask):
        verdict, how = spf.evaluate(host, address, ask)
        if verdict is spf.Verdict.UNKNOWN:
            return CheckState.UNKNOWN, "no_answer", "", seen
        if verdict is not spf.Verdict.PASS:
            return CheckState.WRONG, "spf_not_allowed", address, seen
    # Often another include already allows the relay; that cannot be seen from here, so it is only said.
    absent = [
        m
        for m in domains.spf_mechanisms(domain)
        if m.startswith(("include:", "a:")) and m not in seen.lower()
    ]
    if absent:
        return CheckState.OK, "spf_relay", " ".join(absent), seen
    return CheckState.OK, "ok", str(how.lookups), seen


def _mail_host_addresses(ask: Ask) -> list[str]:
    """Without known sending addresses, mail leaves from the mail host (this is what `mx` in the record
    allows)."""
    host = settings.MAIL_HOST
    if domains.is_address(host):
        return [host]
    return list(ask(host, "A").values[:1])


def _spf_problem(how: spf.Evaluation) -> tuple[str, str]:
    kind, _, detail = how.problem.partition(" ")
    return {"syntax": "spf_syntax", "include": "spf_include", "several": "spf_several"}.get(
        kind, "spf_lookups"
    ), detail


def _dmarc(domain: SendingDomain, walk: dmarc.Walk) -> CheckResult:
    name, expected = f"_dmarc.{domain.name}", domains.dmarc_value(domain)
    policy = walk.policy
    if policy is not None:
        problem = "ok" if policy.domain == domain.name else "dmarc_inherited"
        return CheckResult("dmarc", CheckState.OK, name, policy.record, expected, problem, policy.domain)
    if walk.broken:
        return CheckResult("dmarc", CheckState.WRONG, name, " | ".join(walk.broken), expected, "dmarc_broken")
    if not walk.known:
        return CheckResult("dmarc", CheckState.UNKNOWN, name, "", expected, "no_answer")
    return CheckResult("dmarc", CheckState.MISSING, name, "", expected, "dmarc_missing")


def _mx(record: DnsRecord, ask: Ask) -> CheckResult:
    answer = ask(record.name, "MX")
    hosts = [mx.host for mx in dns.mail_exchangers(answer)] if answer.status is Status.FOUND else []
    wanted = record.value.partition(" ")[2].lower()
    state, problem = CheckState.OK, "ok"
    if not answer.known:
        state, problem = CheckState.UNKNOWN, "no_answer"
    elif not hosts:
        state, problem = CheckState.MISSING, "mx_missing"
    elif wanted not in hosts:
        state, problem = CheckState.WRONG, "mx_other"
    return CheckResult(
        "mx",
        state,
        record.name,
        " | ".join(answer.values),
        record.value,
        problem,
        answer.why,
        identity=False,
        required=False,
    )


def _tracking(record: DnsRecord, ask: Ask) -> CheckResult:
    """A CNAME to us, or an address that is ours: panels and proxies "flatten" a CNAME into addresses."""
    answer = ask(record.name, record.type)
    seen, wanted = list(answer.values), {record.value.lower()}
    if record.type == "CNAME" and answer.status is not Status.FOUND and answer.known:
        answer = ask(record.name, "A")
        seen, wanted = list(answer.values), set(ask(record.value, "A").values)
    state, problem = CheckState.OK, "ok"
    if not answer.known:
        state, problem = CheckState.UNKNOWN, "no_answer"
    elif not seen:
        state, problem = CheckState.MISSING, "tracking_missing"
    elif not wanted & {value.lower() for value in seen}:
        state, problem = CheckState.WRONG, "tracking_other"
    return CheckResult(
        "tracking", state, record.name, " | ".join(seen), record.value, problem, answer.why, identity=False
    )

"""What a reply rule means in one sentence: the engine's own words where its rule book knows the rule, else
whose fault it was.
"""

from functools import cache

from tradewind.delivery.replies.rules import rule_book
from tradewind.delivery.replies.sentences import SENTENCES
from tradewind.insights.refusals import FAULT_SENTENCES, Cause, fault_of


@cache
def _sentence_keys() -> dict[str, str]:
    return {rule.id: rule.sentence for rule in rule_book().rules}


def of_rule(rule: str, fault: str) -> str:
    """In the active language."""
    key = _sentence_keys().get(rule, rule)
    if key in SENTENCES:
        return str(SENTENCES[key])
    return str(FAULT_SENTENCES[fault_of(fault)])


def of_cause(cause: Cause) -> str:
    return of_rule(cause.rule, cause.fault)

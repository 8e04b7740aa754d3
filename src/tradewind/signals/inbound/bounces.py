"""What a report means: whose fault, how lasting, and whether the address is dead. After the four fields
of a reply that the engine
uses too; suppressing is for a recipient at fault for good and for nothing else."""

import re
from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True, slots=True)
class Bounce:
    rule: str
    fault: str  # the words of delivery.replies: recipient, content, identity, reputation, rate, receiver, network
    persistence: str  # never, stop, retry
    suppress: bool


_UNKNOWN_USER = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|recipient|account|address)|does ?n.t exist|"
    r"does not exist|user doesn.t have"
    r"|invalid (?:recipient|mailbox|address|user)|recipient (?:address )?(?:rejected|not found|unknown|"
    r"does not)|unknown (?:recipient|address|local)"
    r"|(?:mailbox|account|user|recipient|address)(?: \S+)? (?:not found|unknown|unavailable|is unavailable|"
    r"not exist)|no mailbox (?:here )?by that name"
    r"|address (?:not found|couldn.t be found|unknown)|not listed in|user not found|resolver\.adr\.recip(?:ient)?notfound"
    r"|收件人(?:邮箱)?(?:地址)?不存在|邮箱不存在|用户不存在|帐号不存在|账号不存在|地址不存在|无此用户|"
    r"пользователь не найден|нет такого пользователя",
    re.IGNORECASE,
)
_DISABLED = re.compile(
    r"(?:mailbox|account|user|address|recipient)(?: \S+)? (?:is |has been |was )?(?:disabled|deactivated|"
    r"inactive|suspended|closed|blocked by admin|terminated)"
    r"|no longer (?:valid|available|employed|active|with|in use)|inactive (?:user|mailbox|account)|"
    r"discontinued|已停用|已禁用|被冻结|已注销",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"(?:mailbox|quota|storage|inbox)\b.{0,30}(?:full|exceed)|over ?quota|insufficient (?:system )?storage|"
    r"邮箱已满|空间已满|容量",
    re.IGNORECASE,
)
_SPAM = re.compile(
    r"spam(?!haus|cop)|junk|content (?:rejected|denied|filter)|virus|malware|phish|内容(?:被)?拒绝|垃圾邮件",
    re.IGNORECASE,
)
_REPUTATION = re.compile(
    r"blocked|blacklist|block ?list|blocklist|denylist|spamhaus|reputation|poor standing|banned|policy reasons",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"spf|dkim|dmarc|unauthenticated|authentication (?:required|failed|check)|ptr|reverse dns", re.IGNORECASE
)
_RATE = re.compile(r"rate limit|too many|throttl|frequency|try again later", re.IGNORECASE)
_NO_DOMAIN = re.compile(
    r"domain (?:name )?not found|host (?:unknown|or domain name not found)|nxdomain|no such domain|null mx|"
    r"doesn.t accept mail",
    re.IGNORECASE,
)

# Enhanced codes (RFC 3463 and its registry) whose meaning does not depend on the text.
_BY_STATUS: dict[str, Bounce] = {
    "5.1.1": Bounce("dsn_unknown_user", "recipient", "never", True),
    "5.1.2": Bounce("dsn_bad_domain", "recipient", "never", True),
    "5.1.3": Bounce("dsn_bad_syntax", "recipient", "never", True),
    "5.1.6": Bounce("dsn_moved", "recipient", "never", True),
    "5.1.10": Bounce("dsn_null_mx", "recipient", "never", True),
    "5.2.1": Bounce("dsn_disabled", "recipient", "never", True),
    "5.1.7": Bounce("dsn_bad_sender", "identity", "stop", False),
    "5.1.8": Bounce("dsn_bad_sender", "identity", "stop", False),
    "5.2.2": Bounce("dsn_full", "recipient", "retry", False),
    "5.2.3": Bounce("dsn_too_big", "content", "stop", False),
    "5.3.4": Bounce("dsn_too_big", "content", "stop", False),
    "5.4.7": Bounce("dsn_expired", "network", "retry", False),
}


def classify(status: str, code: int | None, text: str) -> Bounce:
    """The meaning of a failed delivery. The text outranks a code that says nothing ("5.0.0"), and
    speaks where 5.7 can mean all.
    """
    known = _BY_STATUS.get(status)
    if (
        status == "5.1.1"
        and (_REPUTATION.search(text) or _IDENTITY.search(text))
        and not _UNKNOWN_USER.search(text)
    ):
        return Bounce("dsn_blocked_as_unknown", "reputation", "stop", False)
    if known:
        return known
    if _FULL.search(text):
        return _BY_STATUS["5.2.2"]
    if status.startswith(("5.7.", "4.7.")):
        return _of_policy(text)
    if status.startswith("4.") or (not status and code is not None and code < 500):
        return Bounce("dsn_expired", "receiver", "retry", False)
    return _of_text(status, text)


def _of_policy(text: str) -> Bounce:
    if _IDENTITY.search(text):
        return Bounce("dsn_authentication", "identity", "stop", False)
    if _UNKNOWN_USER.search(text) and not _REPUTATION.search(text) and not _SPAM.search(text):
        return Bounce("dsn_unknown_user_text", "recipient", "never", True)
    if _SPAM.search(text):
        return Bounce("dsn_spam", "content", "stop", False)
    return Bounce("dsn_blocked", "reputation", "stop", False)


def _of_text(status: str, text: str) -> Bounce:
    if _SPAM.search(text):
        return Bounce("dsn_spam", "content", "stop", False)
    if _IDENTITY.search(text):
        return Bounce("dsn_authentication", "identity", "stop", False)
    if _DISABLED.search(text):
        return Bounce("dsn_disabled_text", "recipient", "never", True)
    if _UNKNOWN_USER.search(text) and not _REPUTATION.search(text):
        return Bounce("dsn_unknown_user_text", "recipient", "never", True)
    if _REPUTATION.search(text):
        return Bounce("dsn_blocked", "reputation", "stop", False)
    if _NO_DOMAIN.search(text):
        return Bounce("dsn_no_domain", "recipient", "never", True)
    if _RATE.search(text):
        return Bounce("dsn_rate", "rate", "retry", False)
    if status.startswith("5.1."):
        return Bounce("dsn_bad_address", "recipient", "never", True)
    if status.startswith("5.4."):
        return Bounce("dsn_network", "network", "retry", False)
    return Bounce("dsn_other", "receiver", "stop", False)

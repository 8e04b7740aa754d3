"""What reading an inbound mail gives."""

from dataclasses import dataclass, field
from enum import StrEnum

from tradewind.signals.models import InboundKind as Kind

__all__ = ["Action", "Complaint", "Kind", "Reading", "Report"]


class Action(StrEnum):
    """RFC 3464, 2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Report:
    """One report on delivery, about one recipient."""

    action: Action
    recipient: str = ""
    code: int | None = None
    status: str = ""
    text: str = ""
    dialect: str = "rfc3464"


@dataclass(frozen=True, slots=True)
class Complaint:
    feedback_type: str  # abuse, fraud, not-spam, ... (RFC 5965)
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an inbound mail is, and by what its message may be found: return paths, then Message-IDs,
    all still to be verified.
    """

    kind: Kind
    subject: str = ""
    text: str = ""
    author: str = ""  # address in From
    author_name: str = ""
    return_paths: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()  # left sides of Message-IDs and feedback ids
    report: Report | None = None
    complaint: Complaint | None = None
    wish: bool = False  # an answer that asks for no more mail
    signs: tuple[str, ...] = field(default=())  # by what the kind was seen

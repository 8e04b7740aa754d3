"""A test send: the real mail, through the real channel and gate, to one address. It has a trace like every other message."""

from django.db import transaction
from django.utils.translation import gettext as _

from tradewind.audience.addresses import Address, Bad, normalize
from tradewind.audience.models import Contact
from tradewind.content import fields, preview, versions
from tradewind.content.models import Template
from tradewind.core import clock
from tradewind.ledger import origins, planning
from tradewind.ledger.models import Message
from tradewind.ledger.words import OriginKind
from tradewind.senders import checks
from tradewind.senders.checks import CheckResult
from tradewind.senders.models import Sender
from tradewind.senders.tasks import resolve

# The rest (sender, workspace, links) is the engine's to fill, as in every mail.
_READERS = {f.name for f in fields.MERGE_FIELDS.values() if f.group is fields.Group.CONTACT} | {"custom"}
LIFETIME = 4 * 3600.0  # mail seconds; who tests looks soon


class NotReady(Exception):
    """The sending domain lacks what is needed; `missing` says what."""

    def __init__(self, domain: str, missing: list[CheckResult]) -> None:
        names = ", ".join(result.title for result in missing)
        super().__init__(
            _("Nothing was sent: %(domain)s is not ready. Missing: %(names)s.")
            % {"domain": domain, "names": names}
        )
        self.missing = missing


class BadAddress(ValueError):
    """The address cannot be one; the text says why."""


@transaction.atomic
def send_test(template: Template, sender: Sender, email: str, contact: Contact | None = None) -> Message:
    """Send `template` to `email`, filled for `contact` (None: with sample values).

    Raises NotReady, BadAddress, and `versions.CannotFreeze` with its findings; then nothing was sent.
    """
    address = _address(email)
    if missing := checks.can_send(sender.domain):
        raise NotReady(sender.domain.name, missing)
    origin = origins.open_origin(
        workspace=template.workspace,
        kind=OriginKind.TEST,
        name=_("Test: %(name)s") % {"name": template.name},
        sender=sender,
        version=versions.freeze(template),
        list_ids=[],
        expires_at=clock.after(LIFETIME),
    )
    known = preview.sample_values(contact, template.workspace, sender) | {"email": address.email}
    values = {name: value for name, value in known.items() if name in _READERS}
    resolve.defer(names=[address.domain])  # the message waits until DNS has told who runs the mailbox
    return planning.plan_test(origin, address.email_key, values=values)


def _address(email: str) -> Address:
    address = normalize(email)
    if isinstance(address, Bad):
        raise BadAddress(str(address.reason.sentence))
    return address

"""Senders: the From of mails."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradewind.accounts.models import Workspace
from tradewind.senders.models import Channel, Sender, SendingDomain
from tradewind.senders.names import BadDomain, clean, is_within


class BadSender(ValueError):
    """This cannot be a sender; the text says why and what to do."""


def add_sender(
    workspace: Workspace, *, name: str, email: str, channel: Channel, reply_to: str = ""
) -> Sender:
    """A new sender at one of the workspace's domains. Raises BadSender."""
    name, email, domain = checked(workspace, name, email)
    try:
        with transaction.atomic():
            return Sender.objects.create(
                workspace=workspace,
                name=name,
                email=email,
                reply_to=reply_to.strip(),
                domain=domain,
                channel=channel,
            )
    except IntegrityError:
        raise BadSender(_("%(email)s is already a sender.") % {"email": email}) from None


def change_sender(sender: Sender, *, name: str, email: str, channel: Channel, reply_to: str = "") -> None:
    """Raises BadSender; nothing is changed then."""
    name, email, domain = checked(sender.workspace, name, email)
    sender.name, sender.email, sender.domain = name, email, domain
    sender.channel, sender.reply_to = channel, reply_to.strip()
    try:
        with transaction.atomic():
            sender.save(update_fields=["name", "email", "domain", "channel", "reply_to"])
    except IntegrityError:
        raise BadSender(_("%(email)s is already a sender.") % {"email": email}) from None


def checked(workspace: Workspace, name: str, email: str) -> tuple[str, str, SendingDomain]:
    """Name and address fit for a header, and the domain they belong to. Raises BadSender."""
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    local, at, host = email.strip().rpartition("@")
    if not name:
        raise BadSender(_("Write the name that readers see."))
    try:
        host = clean(host)
    except BadDomain as error:
        raise BadSender(str(error)) from None
    if (
        not at
        or not local
        or not local.isascii()
        or not local.isprintable()
        or set(local) & set(' "(),:;<>@[\\]')
    ):
        raise BadSender(_("“%(email)s” is no address.") % {"email": email.strip()[:100]})
    domain = domain_of(workspace, host)
    if domain is None:
        raise BadSender(
            _("%(domain)s is not among your domains. Add it first, and publish its records.")
            % {"domain": host}
        )
    return name, f"{local}@{host}", domain


def domain_of(workspace: Workspace, host: str) -> SendingDomain | None:
    """The workspace's domain that an address at `host` is sent under: its own, else the nearest above it."""
    own = [domain for domain in workspace.sending_domains.all() if is_within(host, domain.name)]
    return max(own, key=lambda domain: len(domain.name), default=None)

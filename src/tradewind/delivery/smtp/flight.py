"""MAIL, RCPT and DATA of one message, fitted to one server. No I/O."""

from tradewind.delivery.smtp import commands
from tradewind.delivery.smtp.capabilities import Capabilities
from tradewind.delivery.smtp.errors import Phase, ProtocolError
from tradewind.delivery.smtp.replies import Reply
from tradewind.delivery.smtp.values import Envelope


class Flight:
    """MAIL, RCPT and DATA of one message, fitted to what the server offers.

    An empty `message` means that its size is not known yet (it will follow another one).
    `obstacle` says why this server cannot take it, or is empty.
    """

    __slots__ = ("_commands", "envelope", "obstacle")

    def __init__(self, envelope: Envelope, message: bytes, offered: Capabilities) -> None:
        self.envelope = envelope
        utf8 = commands.needs_smtputf8(envelope.recipient) or commands.needs_smtputf8(envelope.sender)
        plain = message.isascii()
        self.obstacle = _obstacle(offered, len(message), utf8, plain)
        self._commands: list[tuple[Phase, bytes]] = []
        if not self.obstacle:
            mail = commands.mail_from(
                envelope.sender,
                size=len(message) if offered.size and message else None,
                eight_bit=not plain and offered.eight_bit,
                smtputf8=utf8,
            )
            rcpt = commands.rcpt_to(envelope.recipient, smtputf8=utf8)
            self._commands = [(Phase.MAIL, mail), (Phase.RCPT, rcpt), (Phase.DATA, commands.DATA)]

    def steps(self, *, reset: bool) -> list[tuple[Phase, bytes]]:
        """The commands in order, each with its phase."""
        return [(Phase.RSET, commands.RSET), *self._commands] if reset else self._commands


def _obstacle(offered: Capabilities, size: int, utf8: bool, plain: bool) -> str:
    if utf8 and not offered.smtputf8:
        return "the address has letters outside ASCII and the server does not offer SMTPUTF8"
    if not plain and not offered.eight_bit:
        return "the message has 8-bit octets and the server does not offer 8BITMIME"
    if offered.size_limit is not None and size > offered.size_limit:
        return f"the message has {size} octets, the server takes at most {offered.size_limit}"
    return ""


def as_hoped(phase: Phase, reply: Reply) -> bool:
    """True if the transaction may go on. Raises `ProtocolError` for a 354 that nobody asked for."""
    if phase is Phase.DATA:
        return reply.code == 354
    if reply.code == 354:
        raise ProtocolError(phase, f"unexpected answer: {reply}", reply)
    return reply.positive

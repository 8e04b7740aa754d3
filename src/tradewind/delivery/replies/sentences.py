"""What a reply means and what is done about it, said to a marketer."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.delivery.replies.reactions import reaction
from tradewind.delivery.replies.words import Classification, Fault, Persistence, Rest

SENTENCES: dict[str, Promise] = {
    "no_such_user": _("This mailbox does not exist (any more)."),
    "no_such_domain": _("The domain of this address takes no mail."),
    "bad_address": _("The server does not understand this address."),
    "mailbox_disabled": _("This mailbox exists but has been switched off."),
    "mailbox_full": _("The recipient's mailbox is full."),
    "mailbox_trouble": _("Something is wrong with the recipient's mailbox."),
    "recipient_busy": _("This recipient is getting too much mail at the moment."),
    "recipient_refuses": _("The recipient does not take mail from this sender."),
    "recipient_refused": _("The server refused this recipient without saying why."),
    "unauthenticated": _(
        "The provider could not verify that the mail is from your domain (SPF, DKIM or DMARC)."
    ),
    "pointer": _("The sending server's name in the DNS (PTR or HELO) does not fit its address."),
    "sender_domain": _("The provider does not accept your sender address or its domain."),
    "tls_required": _("The provider takes mail over an encrypted connection only."),
    "reputation": _("The provider thinks badly of your domain or sending address."),
    "reputation_slow": _("The provider slows us down because it does not yet trust the sending address."),
    "complaints_or_volume": _("The provider sees too much mail at once, or complaints about it."),
    "blocked": _("The provider blocks the sending server or domain."),
    "listed": _("The sending server or domain is on a blocklist that this provider uses."),
    "turned_away": _("The server turned us away before we could name the recipient."),
    "too_fast": _("We sent faster than this provider allows."),
    "too_many_connections": _("We had more connections to this provider than it allows."),
    "deferred_by_policy": _("The provider does not want the message now."),
    "looks_like_spam": _("The provider takes the content for spam."),
    "virus": _("The provider found a forbidden attachment or a virus in the message."),
    "malformed": _("The provider found a technical fault in the message."),
    "too_large": _("The message is too large for this provider."),
    "company_policy": _("A rule of the receiving company forbids this message."),
    "greylisted": _("The server asks strangers to come back a little later (greylisting)."),
    "temporary": _("The server cannot take the message right now."),
    "receiver_trouble": _("The receiving server has troubles of its own."),
    "closing": _("The server closed the connection and asks us to come back."),
    "takes_no_mail": _("The server takes no mail at all."),
    "loop": _("The receiving servers send the message in a circle."),
    "refused": _("The server refused the message without saying why."),
    "protocol_refused": _("The server did not accept the way we talk to it."),
    "relay_denied": _("The server does not forward mail for us to this domain."),
    "relay_sender": _("The relay does not let this sender address through."),
    "login": _("The server did not accept our user name and password."),
    "tls_failed": _(
        "The encrypted connection could not be made; the message is not sent unprotected instead."
    ),
    "cannot_carry": _("The receiving server cannot take this kind of message or address."),
    "connect": _("The server could not be reached."),
    "timeout": _("The server did not answer in time."),
    "lost": _("The connection broke before the message was handed over."),
    "protocol": _("The server gave an answer that is no SMTP."),
    "no_server": _("No mail server is known for this domain right now."),
    "no_answer_to_dot": _(
        "The message was sent and no answer came back: nobody knows whether it was accepted."
    ),
    "taken": _("The server accepted the message."),
}

FAULTS: dict[Fault, Promise] = {
    Fault.RECIPIENT: _("the recipient's mailbox"),
    Fault.CONTENT: _("our message"),
    Fault.IDENTITY: _("the authentication of our domain"),
    Fault.REPUTATION: _("our reputation"),
    Fault.RATE: _("our pace"),
    Fault.RECEIVER: _("the receiving server"),
    Fault.NETWORK: _("the network"),
    Fault.OURS: _("our own settings"),
}


def meaning(classification: Classification) -> str:
    """One sentence in the active language."""
    return str(SENTENCES[classification.sentence])


def consequences(classification: Classification) -> list[str]:
    """What the program does, one sentence each, in the active language."""
    follows = reaction(classification)
    said = [str(_message_sentence(classification))]
    if follows.suppress:
        said.append(str(_("The address goes onto the suppression list: it gets no more mail.")))
    elif classification.persistence is not Persistence.NEVER:
        said.append(str(_("The contact stays as it is.")))
    if follows.lane is not None:
        said.append(_lane_sentence(follows.lane.kind, follows.lane.minutes, follows.lane.after))
    if follows.hold_after:
        said.append(
            _("After %(count)s such replies within an hour the campaign is held.")
            % {"count": follows.hold_after}
        )
    if follows.stop_after:
        said.append(
            _(
                "After %(count)s such replies within an hour campaigns of this domain are held until it is mended."
            )
            % {"count": follows.stop_after}
        )
    return said


def _message_sentence(classification: Classification) -> Promise:
    if classification.persistence is Persistence.RETRY:
        return _("The message is tried again later.")
    if classification.persistence is Persistence.OTHER_PATH:
        return _("The message is tried again through another server, or later.")
    return _("The message is not tried again.")


def _lane_sentence(kind: Rest, minutes: float, after: int) -> str:
    if kind is Rest.SUSPEND:
        text = _(
            "Sending to this provider rests for %(minutes)s minutes (after %(count)s such replies within an hour)."
        )
    else:
        text = _(
            "Sending to this provider slows down for %(minutes)s minutes (after %(count)s such replies within an hour)."
        )
    return text % {"minutes": round(minutes), "count": after}

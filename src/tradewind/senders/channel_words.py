"""What the test of a channel says."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    "works": _("It works: %(detail)s answers and would take mail."),
    "dns_silent": _(
        "DNS did not answer when asked for %(detail)s. Check TRADEWIND_DNS and the network, then try again."
    ),
    "no_host": _("There is no host %(detail)s. Check its name."),
    "no_mx": _("%(detail)s has no mail server (MX). Try it with another domain."),
    "no_target": _("There is nothing to connect to for %(detail)s."),
    "port_closed": _("Nothing listens at %(detail)s. Check the port; if it is right, the server is down."),
    "timed_out": _(
        "%(detail)s does not answer. A firewall may be in between: many hosting companies block port 25 until one asks."
    ),
    "unreachable": _("%(detail)s cannot be reached."),
    "hung_up": _("%(detail)s hung up. Is this port for mail, and the right kind of encryption chosen?"),
    "not_greeted": _("The server does not want to talk: %(detail)s"),
    "ehlo_refused": _("The server does not accept our name (EHLO): %(detail)s"),
    "no_starttls": _(
        "The server offers no encryption (STARTTLS). Nothing is sent unencrypted. Choose TLS, or another port."
    ),
    "tls_failed": _("The encryption could not be agreed on: %(detail)s"),
    "no_tls": _("The server does not speak TLS at this port. Choose STARTTLS, or port 465. (%(detail)s)"),
    "bad_certificate": _(
        "The certificate of the server is not trusted: %(detail)s. Use the name that stands in it, "
        "or switch the check off if the server is your own."
    ),
    "password_in_clear": _("The password would travel unencrypted to %(detail)s. Choose STARTTLS or TLS."),
    "no_login": _(
        "%(detail)s offers no log-in at this port. Use port 587 or 465, or leave user name and password empty."
    ),
    "wrong_password": _(
        "User name or password is wrong: %(detail)s. Gmail, QQ and 163 want an app password or authorisation code here."
    ),
    "refused": _("The server refused: %(detail)s"),
}

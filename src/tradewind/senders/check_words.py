"""What the check of a domain says: what each record is, why it is not right, and how to mend it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Promise] = {
    "dkim": _("Signature (DKIM)"),
    "spf": _("Allowed servers (SPF)"),
    "dmarc": _("Policy (DMARC)"),
    "mx": _("Way back for bounces (MX)"),
    "tracking": _("Links in mails"),
    "address": _("Our server (address)"),
}

REASONS: dict[str, Promise] = {
    "ok": _("It is as it should be."),
    "not_checked": _("It was not checked yet."),
    "no_answer": _("DNS did not answer, so we do not know. %(detail)s"),
    "dkim_missing": _("There is no record at %(name)s."),
    "dkim_no_key": _("What stands there is no DKIM key."),
    "dkim_several": _("There are several records at this name; receivers take none of them."),
    "dkim_revoked": _("The key there is empty, which means: revoked."),
    "dkim_cut": _("Only the beginning of the key stands there: the DNS panel has cut it off."),
    "dkim_other": _("Another key stands there. Mail signed with ours would fail."),
    "spf_missing": _("There is no SPF record at %(name)s."),
    "spf_several": _("There are several SPF records at this name; receivers then take none of them."),
    "spf_syntax": _("The record has a part that nobody can read: %(detail)s"),
    "spf_include": _("The record includes %(detail)s, which has no SPF record."),
    "spf_lookups": _("The record needs more DNS look-ups than the ten that are allowed."),
    "spf_not_allowed": _("The record does not allow %(detail)s, which your mail leaves from."),
    "spf_relay": _(
        "It can be used, but does not name your relay. If nothing else in it does, add: %(detail)s"
    ),
    "spf_not_aligned": _(
        "It is right, but DMARC of this domain asks for the very same name, so SPF does not count there. DKIM does."
    ),
    "dmarc_missing": _("There is no DMARC record for this domain or above it."),
    "dmarc_broken": _("The DMARC record cannot be read, or there are several."),
    "dmarc_inherited": _("The policy of %(detail)s is in force here too."),
    "mx_missing": _("There is no MX record at %(name)s, so bounces and complaints are lost."),
    "mx_other": _("Bounces go to another server, so we do not see them."),
    "tracking_missing": _(
        "%(name)s does not exist, so links and unsubscribing in your mails would not work."
    ),
    "tracking_other": _("%(name)s leads to another server, so links in your mails would not work."),
}

_PUBLISH = _(
    "Publish the record in the DNS panel of your domain, then check again. New records can take an hour."
)
_REPLACE = _("Replace the record with the one shown.")

MENDS: dict[str, Promise] = {
    "not_checked": _PUBLISH,
    "no_answer": _("Nothing is to be done now: we ask again. If it stays so, ask who runs your DNS."),
    "dkim_missing": _PUBLISH,
    "dkim_no_key": _REPLACE,
    "dkim_several": _("Keep the record shown, and delete the others at this name."),
    "dkim_revoked": _REPLACE,
    "dkim_cut": _(
        "Enter the value again, whole. If the panel takes only 255 letters, use the zone file form, in two strings."
    ),
    "dkim_other": _REPLACE,
    "spf_missing": _PUBLISH,
    "spf_several": _("Join them into the one record shown, and delete the others."),
    "spf_syntax": _REPLACE,
    "spf_include": _("Take that part out, or correct its name."),
    "spf_lookups": _("Take out includes of services that you no longer use."),
    "spf_not_allowed": _REPLACE,
    "dmarc_missing": _PUBLISH,
    "dmarc_broken": _("Keep exactly one record at this name, as shown."),
    "mx_missing": _PUBLISH,
    "mx_other": _REPLACE,
    "tracking_missing": _PUBLISH,
    "tracking_other": _REPLACE,
}

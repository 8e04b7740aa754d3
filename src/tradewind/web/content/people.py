"""Contacts, as far as template pages need them: somebody to preview for, and the names of their own
fields."""

from django.db import connection
from django.db.models import Q

from tradewind.accounts.access import Access
from tradewind.audience.models import Contact

LOOKED_AT = 2000  # contacts; a field that the newest thousands do not have is rare enough to be asked about
_KEYS = """
    SELECT DISTINCT jsonb_object_keys(c.custom) FROM (
        SELECT custom FROM audience_contact WHERE workspace_id = %s ORDER BY id DESC LIMIT %s
    ) c WHERE jsonb_typeof(c.custom) = 'object'
"""


def custom_keys(access: Access) -> list[str]:
    """The names of the workspace's own contact fields."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [access.workspace.pk, LOOKED_AT])
        return sorted(row[0] for row in cursor.fetchall())


def find(access: Access, email: str) -> Contact | None:
    """The contact with this address; None for an empty or unknown one."""
    email = email.strip().lower()
    if not email:
        return None
    return access.rows(Contact).select_related("company").filter(email_key=email).first()


def suggestions(access: Access, typed: str) -> list[Contact]:
    """At most ten contacts whose address or name begins like this, the newest first."""
    typed = typed.strip()
    rows = access.rows(Contact).select_related("company")
    if typed:
        rows = rows.filter(
            Q(email_key__startswith=typed.lower())
            | Q(first_name__istartswith=typed)
            | Q(last_name__istartswith=typed)
        )
    return list(rows.order_by("-id")[:10])

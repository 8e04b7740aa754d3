"""`Idempotency-Key`: a request sent twice does its work once, and the second answer is the first one.

The row of the key is inserted before the work, in the same transaction. A second request with the same key waits at the
unique index until the first has ended: committed → the kept answer is sent again; rolled back or killed → the second does
the work. Only answers of success are kept, so a refused request can be mended and sent again with the same key.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from tradewind.accounts.access import Access
from tradewind.api.models import Answer
from tradewind.api.problems import Problem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT = timedelta(days=7)
PATIENCE = "20s"  # how long a second request waits for the first
KEPT_HEADERS = ("Content-Type", "Location", "Link")

_usable = re.compile(r"[\x21-\x7e]{1,200}").fullmatch
_CLAIM = """
INSERT INTO api_answer (workspace_id, key, digest, status, headers, body, at) VALUES (%s, %s, %s, 0, '{}', '', now())
ON CONFLICT (workspace_id, key) DO NOTHING
"""

Work = Callable[[], HttpResponse]


def whole(work: Work) -> HttpResponse:
    """Do the work in one transaction; an answer that is no success leaves nothing behind."""
    with transaction.atomic():
        response = work()
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def once(request: HttpRequest, access: Access, work: Work) -> HttpResponse:
    """The same, and at most once for the key of the request, if it has one. Raises Problem."""
    key = request.headers.get(HEADER)
    if key is None:
        return whole(work)
    if not _usable(key):
        detail = _("An Idempotency-Key has 1 to 200 visible ASCII characters, without blanks.")
        raise Problem(400, "bad_idempotency_key", detail)
    digest = digest_of(request)
    with transaction.atomic():
        if not _claim(access, key, digest):
            return _kept(access, key, digest)
        response = work()
        if response.status_code >= 400:
            transaction.set_rollback(True)
        else:
            _keep(access, key, response)
    return response


def digest_of(request: HttpRequest) -> bytes:
    """What makes two requests the same: method, address, and body (of a form: its fields and files, not its boundary)."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}".encode("utf-8", "surrogateescape"))
    if request.content_type != "multipart/form-data":
        found.update(b"\0" + request.body)
        return found.digest()
    for name in sorted(request.POST):
        for value in request.POST.getlist(name):
            found.update(f"\0{name}\0{value}".encode("utf-8", "surrogateescape"))
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            content = hashlib.sha256()
            for chunk in file.chunks():
                content.update(chunk)
            file.seek(0)
            found.update(f"\0{name}\0{file.name}\0".encode("utf-8", "surrogateescape") + content.digest())
    return found.digest()


def forget_old() -> int:
    """Delete answers older than `KEPT`; how many."""
    deleted, _models = Answer.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return deleted


def _claim(access: Access, key: str, digest: bytes) -> bool:
    """True when the key is ours from now on; False when its request has been answered. Waits while it is being answered."""
    try:
        with transaction.atomic(), _patience(), connection.cursor() as cursor:
            cursor.execute(_CLAIM, [access.workspace.pk, key, digest])
            return bool(cursor.rowcount == 1)
    except OperationalError as error:
        detail = _(
            "A request with the same Idempotency-Key is still being worked on. Ask again in a few seconds."
        )
        raise Problem(409, "in_progress", detail, headers={"Retry-After": "5"}) from error


@contextmanager
def _patience() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        yield
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def _kept(access: Access, key: str, digest: bytes) -> HttpResponse:
    found = Answer.objects.get(workspace=access.workspace, key=key)
    if bytes(found.digest) != digest:
        detail = _(
            "This Idempotency-Key was used for another request. Nothing was done; use a new key for a new request."
        )
        raise Problem(422, "idempotency_key_reused", detail)
    return HttpResponse(bytes(found.body), status=found.status, headers={**found.headers, REPLAYED: "true"})


def _keep(access: Access, key: str, response: HttpResponse) -> None:
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    Answer.objects.filter(workspace=access.workspace, key=key).update(
        status=response.status_code, headers=headers, body=response.content
    )

"""Staged rows into the audience, set by set: each batch is one transaction that also notes how far it came.

A killed job begins again, stages the same rows (the file does not change) and goes on after the last batch that was
committed. Two jobs on one import, should that ever happen, take turns: each batch locks the import and starts
where that says.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import F

from tradewind.audience.importing import limits
from tradewind.audience.models import Import
from tradewind.audience.sql import sql
from tradewind.audience.words import ImportState

_NEXT = """
SELECT max(row), count(*) FROM (
    SELECT row FROM import_stage WHERE row > %(after)s ORDER BY row LIMIT %(limit)s
) AS batch
"""


def merge(import_: Import) -> None:
    """Everything that is staged and not yet merged. Raises nothing of its own; a database error leaves whole batches."""
    while _merge_batch(import_.pk):
        pass


def _merge_batch(import_id: int) -> bool:
    """The next batch; False when there is none left."""
    with transaction.atomic(), connection.cursor() as cursor:
        import_ = Import.objects.select_for_update().get(pk=import_id)
        if import_.state != ImportState.RUNNING:
            return False
        cursor.execute(_NEXT, {"after": import_.merged_row, "limit": limits.MERGE_ROWS})
        upto, rows = cursor.fetchone()
        if upto is None:
            return False
        _merge_rows(cursor, import_, upto, rows)
    return True


def _merge_rows(cursor: Any, import_: Import, upto: int, rows: int) -> None:
    params = _params(import_, upto)
    names = ["import_companies", "import_company_domains", "import_create"]
    names += ["import_update"] if import_.update_existing else []
    for name in [*names, "import_others", "import_kept_out"]:
        cursor.execute(sql(name), params)
    cursor.execute(sql("import_subscribe"), params)
    subscribed = cursor.rowcount
    cursor.execute(sql("import_consent"), params)
    cursor.execute(sql("import_history"), params)
    cursor.execute(sql("import_counts"), params)
    created, updated, unchanged, kept_out = cursor.fetchone()
    Import.objects.filter(pk=import_.pk).update(
        merged_row=upto,
        rows_done=F("rows_done") + rows,
        created=F("created") + created,
        updated=F("updated") + updated,
        unchanged=F("unchanged") + unchanged,
        kept_out=F("kept_out") + kept_out,
        subscribed=F("subscribed") + subscribed,
    )


def _params(import_: Import, upto: int) -> dict[str, Any]:
    from psycopg.types.json import Jsonb

    return {
        "import": import_.pk,
        "workspace": import_.workspace_id,
        "list": import_.list_id,
        "source": import_.source,
        "basis": import_.basis,
        "evidence": Jsonb(evidence(import_)),
        "after": import_.merged_row,
        "upto": upto,
    }


def evidence(import_: Import) -> dict[str, Any]:
    """What is kept with each consent: which file, what its uploader said about it, who that was, and when."""
    return {
        "file": import_.file_name,
        "source": import_.source,
        "note": import_.note,
        "attested_by": import_.created_by_id,
        "attested_at": import_.attested_at.isoformat() if import_.attested_at else None,
    }

"""The rows of one import in a temporary table of this connection: it vanishes with the process that made it."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

from tradewind.audience.importing.checking import Staged
from tradewind.audience.importing.problems import Rejection

_TEXTS = ", ".join(f"{name} text NOT NULL" for name in Staged._fields if name not in ("row", "custom"))
_CREATE = f"""
DROP TABLE IF EXISTS import_stage, import_rejected, import_touched;
CREATE TEMPORARY TABLE import_stage (row int NOT NULL, {_TEXTS}, custom jsonb NOT NULL);
CREATE TEMPORARY TABLE import_rejected (row int NOT NULL, reason text NOT NULL, detail text NOT NULL);
CREATE TEMPORARY TABLE import_touched (
    row int PRIMARY KEY, contact_id bigint NOT NULL, outcome text NOT NULL, kept_out boolean NOT NULL DEFAULT false
);
"""
_COPY = f"COPY import_stage ({', '.join(Staged._fields)}) FROM STDIN"
# Of several rows with one address the first is taken.
_DUPLICATES = """
WITH twice AS (SELECT email_key, min(row) AS first FROM import_stage GROUP BY email_key HAVING count(*) > 1),
gone AS (
    DELETE FROM import_stage s USING twice t WHERE s.email_key = t.email_key AND s.row > t.first
    RETURNING s.row, t.first
)
INSERT INTO import_rejected SELECT row, 'duplicate', first::text FROM gone
"""


def create() -> None:
    """Empty staging tables."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)


def drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS import_stage, import_rejected, import_touched")


def copy(staged: Iterable[Staged]) -> None:
    """Add rows by COPY, the fastest way in."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as stream:
        for row in staged:
            stream.write_row(row)


def reject(rejections: Iterable[Rejection]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY import_rejected (row, reason, detail) FROM STDIN") as stream,
    ):
        for one in rejections:
            stream.write_row((one.row, one.reason.value, one.detail))


def finish() -> tuple[int, int]:
    """Sort out addresses that stand there twice, and index the rest; (rejected, duplicates) so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM import_rejected")
        rejected = _number(cursor.fetchone())
        cursor.execute(_DUPLICATES)
        duplicates = cursor.rowcount
        cursor.execute("ALTER TABLE import_stage ADD PRIMARY KEY (row)")
        cursor.execute("ANALYZE import_stage; ANALYZE import_rejected")
    return rejected, duplicates


def rejections() -> Iterator[tuple[int, str, str]]:
    """(row, reason, detail) in the order of the rows, without holding them all."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT row, reason, detail FROM import_rejected WHERE row > %s ORDER BY row LIMIT 10000",
                [after],
            )
            found = cursor.fetchall()
        yield from found
        if not found:
            return
        after = found[-1][0]


def _number(row: Any) -> int:
    return int(row[0])

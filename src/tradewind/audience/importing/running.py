"""An import from the file to the audience. Can be killed at any instant and run again: the end is the same."""

from collections.abc import Iterable, Iterator

import structlog
from django.db import connection, transaction
from django.utils import timezone, translation

from tradewind.audience.importing import files, limits, merging, rejected, staging
from tradewind.audience.importing.checking import Checker, Staged
from tradewind.audience.importing.headings import check_mapping
from tradewind.audience.importing.problems import FileProblem, ImportProblem, Rejection
from tradewind.audience.importing.records import opened, records
from tradewind.audience.importing.uploading import body
from tradewind.audience.models import ConsentBasis, Import, List
from tradewind.audience.words import ImportState

log = structlog.get_logger(__name__)


def attest(
    import_: Import,
    *,
    list_: List | None,
    source: str,
    basis: ConsentBasis,
    note: str = "",
    update_existing: bool = True,
) -> None:
    """Note where the addresses come from and why we may write to them; the caller has asked a person to confirm it."""
    import_.list, import_.source, import_.basis, import_.note = (
        list_,
        source.strip()[:200],
        basis,
        note.strip()[:2000],
    )
    import_.update_existing, import_.attested_at = update_existing, timezone.now()
    import_.save(update_fields=["list", "source", "basis", "note", "update_existing", "attested_at"])


def start(import_: Import, *, in_seconds: int = 0) -> None:
    """Queue the job, in the transaction of the caller. ImportProblem when the mapping or the attestation is missing.

    `in_seconds`: for a caller that runs it itself; the job then only finishes what a killed caller left.
    """
    check_mapping(import_.mapping)
    if not import_.source or import_.attested_at is None:
        raise ImportProblem(FileProblem.NOT_ATTESTED)
    from tradewind.audience.tasks import run_import

    with transaction.atomic():
        waiting = Import.objects.filter(pk=import_.pk, state__in=[ImportState.UPLOADED, ImportState.FAILED])
        if waiting.update(state=ImportState.MAPPED, error="", finished_at=None):
            # One import of a workspace after the other: two would wait for each other's rows anyway.
            job = run_import.configure(
                lock=f"import-{import_.workspace_id}", schedule_in={"seconds": in_seconds}
            )
            job.defer(import_id=import_.pk)
    import_.refresh_from_db()


def run(import_id: int) -> None:
    """The job. What is wrong with the file ends in FAILED with a sentence; anything else is raised, to be tried again."""
    import_ = _begin(import_id)
    if import_ is None:
        return
    try:
        _stage(import_)
        _note_rejected(import_)
        merging.merge(import_)
    except ImportProblem as problem:
        _fail(import_, problem)
    except OSError as error:
        _fail(import_, ImportProblem(FileProblem.DISK, why=error.strerror or str(error)))
    else:
        _finish(import_)
    finally:
        if connection.is_usable():
            staging.drop()


def _begin(import_id: int) -> Import | None:
    """The import, now running; None when it is over, deleted, or was never started."""
    with transaction.atomic():
        import_ = Import.objects.select_for_update().filter(pk=import_id).first()
        if import_ is None or import_.state not in (ImportState.MAPPED, ImportState.RUNNING):
            return None
        import_.state = ImportState.RUNNING
        import_.started_at = import_.started_at or timezone.now()
        import_.save(update_fields=["state", "started_at"])
    log.info("import.started", import_id=import_id, rows=import_.rows_total, merged_row=import_.merged_row)
    return import_


def _stage(import_: Import) -> None:
    """Read, check and copy every row; small transactions, so that readers of events never wait for us."""
    staging.create()
    checker = Checker(import_.headings, import_.mapping, import_.encoding)
    read = 0
    with opened(files.full(import_.path), import_.encoding) as file:
        found = body(import_, records(file, import_.delimiter))
        results = (result for record in found if (result := checker.check(record)) is not None)
        for batch in _batches(results, limits.STAGE_ROWS):
            staging.copy(row for row in batch if isinstance(row, Staged))
            staging.reject(row for row in batch if isinstance(row, Rejection))
            read += len(batch)
            Import.objects.filter(pk=import_.pk).update(rows_read=read)
    import_.rows_read = import_.rows_total = read


def _note_rejected(import_: Import) -> None:
    """Count and write down what is left out, before anything is merged: a full disk must not leave half an import."""
    rejected_rows, duplicates = staging.finish()
    import_.rejected, import_.duplicates = rejected_rows, duplicates
    import_.rejected_path = rejected.write(import_)
    merged = Import.objects.values_list("created", "updated", "unchanged").get(pk=import_.pk)
    import_.rows_done = sum(merged) + rejected_rows + duplicates
    import_.save(
        update_fields=["rows_total", "rows_read", "rejected", "duplicates", "rejected_path", "rows_done"]
    )


def _finish(import_: Import) -> None:
    running = Import.objects.filter(pk=import_.pk, state=ImportState.RUNNING)
    if running.update(state=ImportState.DONE, finished_at=timezone.now()):
        log.info("import.done", import_id=import_.pk, rows=import_.rows_total)


def _fail(import_: Import, problem: ImportProblem) -> None:
    """FAILED, with the sentence in the uploader's language. Nothing was merged: files are read and written before that."""
    with translation.override(import_.language):
        sentence = str(problem)
    Import.objects.filter(pk=import_.pk).update(
        state=ImportState.FAILED, error=sentence, finished_at=timezone.now()
    )
    log.warning("import.failed", import_id=import_.pk, reason=problem.reason, why=sentence)


def _batches(rows: Iterable[Staged | Rejection], size: int) -> Iterator[list[Staged | Rejection]]:
    batch: list[Staged | Rejection] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch

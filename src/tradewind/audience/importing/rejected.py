"""The file of rejected rows: what stood in the row, its number, and the reason in the uploader's language."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tradewind.audience.importing import files, spreadsheets, staging
from tradewind.audience.importing.problems import reason_sentence
from tradewind.audience.importing.records import opened, readable, records
from tradewind.audience.models import Import


def write(import_: Import) -> str:
    """Write the file whole or not at all; its path below the data folder, empty when nothing was rejected. OSError: disk."""
    if next(staging.rejections(), None) is None:
        return ""
    path = files.rejected_path(import_.pk)
    target = files.full(path)
    with (
        translation.override(import_.language),
        NamedTemporaryFile(
            "w",
            encoding="utf-8",
            errors="replace",
            newline="",
            dir=target.parent,
            prefix=".rejected-",
            delete=False,
        ) as draft,
    ):
        try:
            draft.writelines(spreadsheets.lines(_rows(import_)))
            draft.flush()
            os.fsync(draft.fileno())
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
    Path(draft.name).replace(target)
    return path


def _rows(import_: Import) -> Iterator[list[str]]:
    width = len(import_.headings)
    yield [pgettext("column", "Row"), _("Reason"), *import_.headings]
    wanted = staging.rejections()
    next_one = next(wanted, None)
    with opened(files.full(import_.path), import_.encoding) as file:
        for record in records(file, import_.delimiter):
            if next_one is None:
                return
            if record.row != next_one[0]:
                continue
            cells = [readable(cell).replace("\0", "\ufffd") for cell in record.cells]
            cells += [""] * (width - len(cells))
            yield [str(record.row), reason_sentence(next_one[1], next_one[2]), *cells]
            next_one = next(wanted, None)

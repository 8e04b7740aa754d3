"""What can be wrong with a file, and with a row: closed lists, each with a sentence that says what to do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.audience.addresses import BadAddress


class FileProblem(StrEnum):
    """Why a whole file cannot be taken. Nothing of it is in the audience then."""

    EMPTY = "empty"
    NO_ROWS = "no_rows"
    TOO_BIG = "too_big"
    TOO_MANY_COLUMNS = "too_many_columns"
    WORKBOOK = "workbook"
    NOT_TEXT = "not_text"
    LONG_LINE = "long_line"
    BROKEN_QUOTES = "broken_quotes"
    BROKEN_HEADINGS = "broken_headings"
    NO_ADDRESS_COLUMN = "no_address_column"
    TWICE_MAPPED = "twice_mapped"
    UNKNOWN_FIELD = "unknown_field"
    NOT_ATTESTED = "not_attested"
    GONE = "gone"
    DISK = "disk"


FILE_SENTENCES: dict[FileProblem, Promise] = {
    FileProblem.EMPTY: _("This file is empty. Choose the file that holds your contacts."),
    FileProblem.NO_ROWS: _("This file has headings, but no rows below them. Nothing was imported."),
    FileProblem.TOO_BIG: _(
        "This file is larger than %(limit)s MiB. Split it, or ask your administrator to raise TRADEWIND_IMPORT_MAX_MIB."
    ),
    FileProblem.TOO_MANY_COLUMNS: _(
        "This file has %(count)s columns; at most %(limit)s can be read. "
        "Delete the columns you do not need, or check the separator, and upload it again."
    ),
    FileProblem.WORKBOOK: _(
        "This is an Excel workbook. In Excel choose File, Save as, “CSV UTF-8”, and upload that file."
    ),
    FileProblem.NOT_TEXT: _("This is not a text file. Save your table as CSV and upload that file."),
    FileProblem.LONG_LINE: _(
        "Line %(line)s is longer than a million characters, so this is hardly a table. Save it as CSV again."
    ),
    FileProblem.BROKEN_QUOTES: _(
        "In more than %(limit)s rows a quotation mark opens and never closes. "
        "Save the table as CSV again; nothing was imported."
    ),
    FileProblem.BROKEN_HEADINGS: _(
        "A quotation mark in the headings never closes. Save the table as CSV again."
    ),
    FileProblem.NO_ADDRESS_COLUMN: _("Choose the column that holds the e-mail addresses."),
    FileProblem.TWICE_MAPPED: _(
        "Two columns go to “%(field)s”. Choose one of them, and leave the other out."
    ),
    FileProblem.UNKNOWN_FIELD: _("“%(field)s” is not a field of a contact."),
    FileProblem.NOT_ATTESTED: _(
        "Say where these addresses come from, and confirm that you may write to them."
    ),
    FileProblem.GONE: _("The uploaded file is no longer there. Nothing was imported; upload it again."),
    FileProblem.DISK: _(
        "The disk could not take the file: %(why)s. Nothing was imported. "
        "Make room on the disk, then start the import again."
    ),
}


class ImportProblem(Exception):
    """A file that cannot be imported; `str()` of it is a sentence in the current language."""

    def __init__(self, reason: FileProblem, **params: Any) -> None:
        super().__init__(reason, params)
        self.reason = reason
        self.params = params

    def __str__(self) -> str:
        return str(FILE_SENTENCES[self.reason]) % self.params


class RowProblem(StrEnum):
    """Why a row cannot be taken, besides a bad address."""

    BAD_BYTES = "bad_bytes"
    NUL = "nul"
    TOO_MANY_CELLS = "too_many_cells"
    CELL_TOO_LONG = "cell_too_long"
    UNCLOSED_QUOTE = "unclosed_quote"
    DUPLICATE = "duplicate"


ROW_SENTENCES: dict[RowProblem, Promise] = {
    RowProblem.BAD_BYTES: _(
        "Some characters are not written in the encoding of the file and cannot be read."
    ),
    RowProblem.NUL: _("The row contains a NUL character: the file was damaged."),
    RowProblem.TOO_MANY_CELLS: _(
        "The row has more cells than there are headings (%(detail)s). Is a comma not inside quotation marks?"
    ),
    RowProblem.CELL_TOO_LONG: _("The text in “%(detail)s” is too long."),
    RowProblem.UNCLOSED_QUOTE: _("A quotation mark opens in this row and never closes."),
    RowProblem.DUPLICATE: _("The address already stands in row %(detail)s, which was used."),
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is not taken. `detail` is put into the sentence where it has a place for it."""

    row: int
    reason: RowProblem | BadAddress
    detail: str = ""

    @property
    def sentence(self) -> str:
        return reason_sentence(self.reason.value, self.detail)


def reason_sentence(reason: str, detail: str) -> str:
    """The sentence for a stored reason, in the current language."""
    if reason in frozenset(BadAddress):
        return str(BadAddress(reason).sentence)
    return str(ROW_SENTENCES[RowProblem(reason)]) % {"detail": detail}

"""From an uploaded file to an import with a proposed mapping."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from tradewind.accounts.models import User, Workspace
from tradewind.audience.addresses import Address, normalize
from tradewind.audience.importing import files, limits
from tradewind.audience.importing.detecting import DELIMITERS, ENCODINGS, detect
from tradewind.audience.importing.headings import check_mapping, named, propose
from tradewind.audience.importing.problems import FileProblem, ImportProblem
from tradewind.audience.importing.records import Record, opened, records
from tradewind.audience.models import Import
from tradewind.audience.words import ImportState


def upload(
    workspace: Workspace, user: User | None, file_name: str, chunks: Iterable[bytes], language: str = "en"
) -> Import:
    """Keep the file, find out how it is written, and propose what its columns are. ImportProblem: nothing is kept."""
    path, size = files.store(chunks)
    import_ = Import(
        workspace=workspace,
        created_by=user,
        language=language,
        file_name=" ".join(file_name.replace("\0", "").split())[-200:] or "contacts.csv",
        path=path,
        size=size,
    )
    try:
        found = detect(files.full(path))
        import_.encoding, import_.delimiter, import_.rows_total = found.encoding, found.delimiter, found.lines
        _read_head(import_)
    except BaseException:
        files.remove(path)
        raise
    import_.save()
    return import_


def upload_file(workspace: Workspace, user: User | None, path: Path, language: str = "en") -> Import:
    """The same for a file on this machine. OSError when it cannot be read."""
    with path.open("rb") as file:
        return upload(workspace, user, path.name, iter(lambda: file.read(1024 * 1024), b""), language)


def reread(import_: Import, encoding: str, delimiter: str, has_headings: bool) -> None:
    """Read the file another way than detected; the mapping is proposed again. ValueError for a way we do not know."""
    if encoding not in ENCODINGS or delimiter not in DELIMITERS:
        raise ValueError("unknown encoding or delimiter")
    import_.encoding, import_.delimiter = encoding, delimiter
    _read_head(import_, has_headings)
    import_.save(update_fields=["encoding", "delimiter", "has_headings", "headings", "mapping"])


def remap(import_: Import, mapping: Mapping[str, str]) -> None:
    """Keep another mapping. ImportProblem when it cannot work."""
    import_.mapping = {heading: mapping.get(heading, "") for heading in import_.headings}
    check_mapping(import_.mapping)
    import_.save(update_fields=["mapping"])


def body(import_: Import, found: Iterator[Record]) -> Iterator[Record]:
    """The records below the headings. Blank rows above the headings are passed over."""
    if not import_.has_headings:
        yield from found
        return
    for record in found:
        if any(cell.strip() for cell in record.cells):
            break
    yield from found


def _read_head(import_: Import, has_headings: bool | None = None) -> None:
    """Headings, mapping and whether there are headings at all, from the first rows."""
    with opened(files.full(import_.path), import_.encoding) as file:
        found = (r for r in records(file, import_.delimiter) if any(cell.strip() for cell in r.cells))
        head = list(islice(found, limits.SAMPLE_ROWS * 5))
    if not head:
        raise ImportProblem(FileProblem.EMPTY)
    first = head[0]
    import_.has_headings = not _has_address(first.cells) if has_headings is None else has_headings
    if first.problem and import_.has_headings:
        raise ImportProblem(FileProblem.BROKEN_HEADINGS)
    while import_.has_headings and len(first.cells) > 1 and not first.cells[-1].strip():
        first.cells.pop()
    width = len(first.cells) if import_.has_headings else max(len(r.cells) for r in head)
    if width > limits.MOST_COLUMNS:
        raise ImportProblem(FileProblem.TOO_MANY_COLUMNS, count=f"{width:,}", limit=limits.MOST_COLUMNS)
    rows = [r.cells for r in head[1 if import_.has_headings else 0 :]]
    if not rows:
        raise ImportProblem(FileProblem.NO_ROWS)
    import_.headings = named(first.cells if import_.has_headings else [""] * width)
    import_.mapping = propose(import_.headings, rows)
    import_.state = ImportState.UPLOADED


def _has_address(cells: list[str]) -> bool:
    return any("@" in cell and isinstance(normalize(cell), Address) for cell in cells)

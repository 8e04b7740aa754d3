"""Files of contacts, and the short way to run one through an import."""

from collections.abc import Sequence
from pathlib import Path

from tests.cast import Cast
from tradewind.audience import importing
from tradewind.audience.importing import files
from tradewind.audience.models import ConsentBasis, Import, List


def csv_of(*rows: Sequence[str]) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode()


def uploaded(cast: Cast, content: bytes, name: str = "fair.csv", language: str = "en") -> Import:
    return importing.upload(cast.workspace, cast.bob, name, [content], language)


def list_of(cast: Cast, name: str = "Fair") -> List:
    return List.objects.get_or_create(workspace=cast.workspace, name=name)[0]


def ready(
    cast: Cast,
    content: bytes,
    *,
    update_existing: bool = True,
    language: str = "en",
    list_: List | None = None,
) -> Import:
    """An import whose job may run."""
    import_ = uploaded(cast, content, language=language)
    importing.attest(
        import_,
        list_=list_ or list_of(cast),
        source="Canton Fair 2026",
        basis=ConsentBasis.CARD_AT_FAIR,
        update_existing=update_existing,
    )
    importing.start(import_)
    return import_


def imported(cast: Cast, content: bytes, **options: object) -> Import:
    """An import after its job."""
    import_ = ready(cast, content, **options)  # type: ignore[arg-type]
    importing.run(import_.pk)
    import_.refresh_from_db()
    return import_


def rejected(import_: Import) -> Path:
    return files.full(import_.rejected_path)

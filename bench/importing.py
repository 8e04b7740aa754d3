"""How fast a file of contacts comes in: 15 columns, 3 % of the rows wrong, 5 % twice; companies, a list, consents, search.

    python -m bench.import --rows 1000000 [--again]

`--again` imports a second file of as many other people into the table that already holds the first. Its own embedded
database, in a folder that is removed. The last line is JSON: rows, seconds, rows_per_s, rss_mib (highest, of this
process), search_ms, page_ms.
"""

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HEADINGS = "邮箱,First Name,Last Name,公司,Job Title,电话,国家,语言,来源,行业,Notes,Incoterm,Last quote,Stand,Customer type"
COUNTRIES = ("Germany", "德国", "UK", "USA", "France", "巴西", "Japan", "Poland", "西班牙", "Italy")
NAMES = ("Anna", "John", "Marie", "伟", "Carlos", "Yuki", "Olga", "Piotr", "娜", "Giulia")
FAMILIES = ("Schmidt", "Smith", "Dubois", "王", "Ruiz", "Tanaka", "Ivanova", "Nowak", "李", "Rossi")


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(prog="bench import", description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--again", action="store_true")
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {
            "TRADEWIND_DATA": folder,
            "TRADEWIND_POSTGRES_FOLDER": f"{folder}/postgres",
            "TRADEWIND_IMPORT_MAX_MIB": "4096",
            "TRADEWIND_LOG_LEVEL": "error",
            "DJANGO_SETTINGS_MODULE": "tradewind.core.settings",
        }
        from tradewind.core import postgres

        postgres.ensure_running()
        try:
            _run(Path(folder), chosen.rows, chosen.again)
        finally:
            postgres.stop()
    return 0


def _run(folder: Path, rows: int, again: bool) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tradewind.accounts.models import Workspace

    workspace = Workspace.objects.create(name="Bench", slug="bench")
    result = {}
    for round_ in range(2 if again else 1):
        file = folder / f"people-{round_}.csv"
        _write(file, rows, round_)
        result = _measure(workspace, file, rows)
        print(json.dumps(result), flush=True)
        file.unlink()


def _measure(workspace: object, file: Path, rows: int) -> dict[str, float]:
    from tradewind.accounts.models import Workspace
    from tradewind.audience import contacts, importing, lists
    from tradewind.audience.models import ConsentBasis, Contact

    assert isinstance(workspace, Workspace)
    began = time.monotonic()
    import_ = importing.upload_file(workspace, None, file)
    list_ = lists.find_or_make(workspace, "Fair")
    importing.attest(import_, list_=list_, source="Canton Fair", basis=ConsentBasis.CARD_AT_FAIR)
    importing.start(import_, in_seconds=86_400)
    importing.run(import_.pk)
    seconds = time.monotonic() - began
    import_.refresh_from_db()
    assert import_.state == "done", import_.error
    assert import_.rows_done == rows
    print(
        f"{import_.created:,} new, {import_.rejected:,} rejected, {import_.duplicates:,} there twice",
        file=sys.stderr,
    )
    newest = Contact.objects.filter(workspace=workspace).order_by("-pk")
    return {
        "rows": rows,
        "seconds": round(seconds, 1),
        "rows_per_s": round(rows / seconds),
        "rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "search_ms": _slowest(
            *(
                lambda text=text: list(contacts.search(workspace, text).order_by("-pk")[:50])
                for text in ("王伟", "anna schmidt", "shop777", "p4711", "nobody")
            )
        ),
        "page_ms": _slowest(lambda: list(newest.filter(pk__lt=rows // 2)[:50])),
    }


def _slowest(*questions: Callable[[], object]) -> float:
    """Milliseconds of the slowest of them, each asked three times and counted at its median."""
    took = []
    for ask in questions:
        times = []
        for _ in range(3):
            began = time.perf_counter()
            ask()
            times.append(time.perf_counter() - began)
        took.append(sorted(times)[1])
    return round(max(took) * 1000, 1)


def _write(file: Path, rows: int, round_: int) -> None:
    dice = random.Random(round_)
    with file.open("w", encoding="utf-8") as out:
        out.write(HEADINGS + "\n")
        for i in range(rows):
            kind = dice.random()
            who = dice.randrange(i) if 0.03 <= kind < 0.08 and i else i
            shop = who % (rows // 8 + 1)
            address = "no.address" if kind < 0.03 else f"p{who}.{round_}@shop{shop}.example"
            name, family, country = NAMES[who % 10], FAMILIES[who // 10 % 10], COUNTRIES[who % 7]
            out.write(
                f"{address},{name},{family},Shop {shop} Trading,Buyer,+49 30 {who},{country},English,Fair,Lighting,"
                f"Met at stand {who % 900},FOB,{who % 5000} USD,8.{who % 99},Importer\n"
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

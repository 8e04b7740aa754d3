"""Translations: extract, check and compile, in Python alone (a bare machine has no gettext tools).

    python -m tradewind.core.messages compile    # .po to .mo, where newer
    python -m tradewind.core.messages extract    # new strings into the .po files, unused ones out
    python -m tradewind.core.messages check      # what is missing, fuzzy, has other placeholders

A *root* is a folder with a `locale` folder of its own: each package, and below `web` each area. A string
belongs to the nearest one.
"""

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parents[1]
LANGUAGES = ("zh_Hans",)
SKIPPED = {"migrations", "node_modules", "dist", "locale", "lab"}

_KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_TEMPLATE_CALL = re.compile(r"(?<![\w.])(_|n?p?gettext)\(")
_STRING = re.compile(r"""\s*[uU]?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*,?""", re.S)
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-zA-Z]|%[sd]|\{[A-Za-z_][\w.]*\}")


@dataclass(frozen=True, slots=True)
class Text:
    """One string to translate, and where it stands."""

    singular: str
    plural: str | None
    context: str | None
    file: Path
    line: int

    @property
    def key(self) -> tuple[str, str | None]:
        return self.singular, self.context


def roots(source: Path = SOURCE) -> list[Path]:
    """All folders that have strings of their own: every package and every area of `web`, deepest first."""
    areas = [folder for folder in (source / "web").glob("*") if _is_root(folder)]
    return [*sorted(areas), *sorted(folder for folder in source.glob("*") if _is_root(folder))]


def _is_root(folder: Path) -> bool:
    return folder.is_dir() and folder.name not in SKIPPED | {
        "static",
        "templates",
        "templatetags",
        "__pycache__",
    }


def texts(root: Path, source: Path = SOURCE) -> list[Text]:
    """The strings that belong to `root`, in the order of files and lines."""
    inner = [other for other in roots(source) if other != root and other.is_relative_to(root)]
    found: list[Text] = []
    for file in sorted(root.rglob("*")):
        if SKIPPED & set(file.relative_to(root).parts) or any(file.is_relative_to(other) for other in inner):
            continue
        if file.suffix == ".py":
            found += _python_texts(file)
        elif file.suffix in (".html", ".txt", ".mjml") and "templates" in file.parts:
            found += _template_texts(file)
    return found


def _python_texts(file: Path) -> Iterator[Text]:
    stream = io.BytesIO(file.read_bytes())
    for line, message, _comments, context in extract_python("python", stream, keywords=_KEYWORDS):  # type: ignore[arg-type]
        singular, plural = message if isinstance(message, tuple) else (message, None)
        if singular:
            yield Text(singular, plural, context, file, line)


def _template_texts(file: Path) -> Iterator[Text]:
    """Django turns a template into lines of calls for xgettext; we read those calls."""
    from django.utils.translation.template import templatize

    calls = templatize(file.read_text(encoding="utf-8"), origin=str(file))
    for call in _TEMPLATE_CALL.finditer(calls):
        strings, place = [], call.end()
        while (match := _STRING.match(calls, place)) is not None:
            strings.append(str(ast.literal_eval(match.group(1).replace("\n", "\\n"))))
            place = match.end()
        name = call.group(1)
        context = strings.pop(0) if "p" in name and strings else None
        if strings and strings[0]:
            plural = strings[1] if name.startswith("n") and len(strings) > 1 else None
            yield Text(strings[0], plural, context, file, calls.count("\n", 0, call.start()) + 1)


def po_file(root: Path, language: str) -> Path:
    """Where the translations of a root lie."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(root: Path, language: str) -> Catalog:
    """The catalogue of a root, empty when there is none."""
    file = po_file(root, language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def check(source: Path = SOURCE) -> list[str]:
    """One sentence for each string that is missing, untranslated, fuzzy, or has other placeholders than the
    English."""
    return [
        fault
        for root in roots(source)
        for language in LANGUAGES
        for fault in _faults(root, language, texts(root, source), source)
    ]


def _faults(root: Path, language: str, used: Iterable[Text], source: Path) -> Iterator[str]:
    catalog = read(root, language)
    name = po_file(root, language).relative_to(source)
    seen: set[tuple[str, str | None]] = set()
    for text in used:
        if text.key in seen:
            continue
        seen.add(text.key)
        wrong = _fault(catalog, text)
        if wrong:
            where = f"{text.file.relative_to(source)}:{text.line}"
            yield f"{name}: {text.singular!r} {wrong} (used in {where})"


def _fault(catalog: Catalog, text: Text) -> str:
    message = catalog.get(text.singular, text.context)
    if message is None:
        return "is missing"
    versions = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    if not all(versions):
        return "is not translated"
    if message.fuzzy:
        return "is marked fuzzy"
    wanted = set(_PLACEHOLDER.findall(text.plural or text.singular))
    for version in versions:
        odd = wanted ^ set(_PLACEHOLDER.findall(version or ""))
        if odd:
            return f"has other placeholders: {', '.join(sorted(odd))}"
    return ""


def extract(source: Path = SOURCE) -> list[Path]:
    """Bring all .po files up to date: new strings come in untranslated, unused ones go. Returns the files
    written."""
    written = []
    for root in roots(source):
        used = texts(root, source)
        for language in LANGUAGES:
            if used or po_file(root, language).exists():
                written.append(_update(root, language, used, source))
    return written


def _update(root: Path, language: str, used: Iterable[Text], source: Path) -> Path:
    old, new = read(root, language), Catalog(locale=language, project="Tradewind", fuzzy=False)
    for text in used:
        known = old.get(text.singular, text.context)
        message = new.get(text.singular, text.context)
        place = (str(text.file.relative_to(source)), 0)
        if message is not None:
            message.locations = sorted({*message.locations, place})
            continue
        names = (text.singular, text.plural) if text.plural else text.singular
        string = known.string if known is not None and bool(known.pluralizable) == bool(text.plural) else None
        flags = known.flags - {"python-format"} if known is not None else ()
        new.add(names, string, [place], flags=flags, context=text.context)
    file = po_file(root, language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_po(stream, new, width=100, sort_output=True, omit_header=False, include_lineno=False)
    _steady_header(file)
    return file


def _steady_header(file: Path) -> None:
    """Leave out dates and names, which would change a file that did not change."""
    kept = [
        line
        for line in file.read_text(encoding="utf-8").splitlines()
        if not re.match(
            r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid|Generated-By)',
            line,
        )
        and not re.match(r"# (FIRST AUTHOR|Copyright|This file is)", line)
    ]
    file.write_text("\n".join(kept).strip() + "\n", encoding="utf-8")


def compile_all(source: Path = SOURCE) -> list[Path]:
    """Make every .mo that is missing or older than its .po; returns those made. Others that do the same at
    once do no harm."""
    made = []
    for po in sorted(source.rglob("locale/*/LC_MESSAGES/django.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as stream:
            catalog = read_po(stream, locale=po.parents[1].name)
        draft = mo.with_suffix(f".mo.{id(catalog):x}")
        with draft.open("wb") as out:
            write_mo(out, catalog)
        draft.replace(mo)
        made.append(mo)
    return made


def main(arguments: list[str]) -> int:
    """The command line; returns the exit code."""
    match arguments:
        case ["compile"]:
            compile_all()
        case ["extract"]:
            for file in extract():
                print(file.relative_to(SOURCE))
            compile_all()
        case ["check"]:
            faults = check()
            print("\n".join(faults) or "All strings are translated.")
            return 1 if faults else 0
        case _:
            print("compile, extract or check?", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""docs/settings.md, made from the registry of settings: `make settings-page` writes it, a test compares it."""

import importlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tradewind.core import env, paths

INTRODUCTION = """# Settings

<!-- Made from the code by `make settings-page`: change the sentence where the setting is read. -->

Tradewind is set up by environment variables; none is needed to begin. Reading is strict: a value that cannot
be meant stops the start with a sentence that names the variable. An empty value counts as unset. A *secret* can
also be given in a file: put the file's path into the variable of the same name with `_FILE` at the end.
`tradewind doctor` points out variables with our prefix that nothing reads.
"""
NAME = re.compile(r"\b(?:DATABASE_URL|TRADEWIND_[A-Z0-9_]*[A-Z0-9])\b")
NOT_SETTINGS = {
    "TRADEWIND_SUPERVISED": "set by `tradewind run` for its parts",
    "TRADEWIND_TEST_DB": "tests only, see CONTRIBUTING",
    "TRADEWIND_TEST_ALL": "tests only, see CONTRIBUTING",
}


def page() -> str:
    """The page as it must be."""
    _import_readers()
    groups: dict[str, list[env.Setting]] = {}
    for setting in env.REGISTRY.values():
        groups.setdefault(setting.group, []).append(setting)
    order = ["General", "Web", "Storage", "Secrets", "Mail"]
    names = [*order, *sorted(set(groups) - {*order, "Laboratory"}), "Laboratory"]
    return INTRODUCTION + "".join(_section(name, groups[name]) for name in names if name in groups)


def _section(name: str, settings: list[env.Setting]) -> str:
    rows = "".join(f"| `{s.name}` | {s.kind} | {_default(s)} | {s.about} |\n" for s in settings)
    return f"\n## {name}\n\n| variable | value | default | meaning |\n|---|---|---|---|\n{rows}"


def _default(setting: env.Setting) -> str:
    plain = re.fullmatch(r"[\w./:,@-]+", setting.default)
    return f"`{setting.default}`" if plain else setting.default or "none"


def _import_readers() -> None:
    """Every module that reads a setting, wherever it lies."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradewind.core.settings")
    import django

    django.setup()
    reader = re.compile(
        r"^\s*(?:\w+ = |\*)?.*\benv\.(?:text|whole|number|flag|path|words|url|secret)\(", re.M
    )
    for file in _sources():
        if reader.search(file.read_text(encoding="utf-8")):
            parts = file.relative_to(paths.PACKAGE.parent).with_suffix("").parts
            importlib.import_module(".".join(parts))


def unknown_names() -> dict[str, list[str]]:
    """Names that look like settings in our sources, but are read nowhere, with the files that have them."""
    _import_readers()
    known = (
        set(env.REGISTRY) | {f"{s.name}_FILE" for s in env.REGISTRY.values() if s.secret} | set(NOT_SETTINGS)
    )
    found: dict[str, list[str]] = {}
    for file in _sources():
        for name in NAME.findall(file.read_text(encoding="utf-8")):
            if name not in known:
                found.setdefault(name, []).append(str(file.relative_to(paths.PACKAGE)))
    return found


def _sources() -> Iterator[Path]:
    for file in sorted(paths.PACKAGE.rglob("*.py")):
        if "lab" not in file.relative_to(paths.PACKAGE).parts:
            yield file


def main() -> int:
    """Write the page."""
    root = paths.checkout()
    if root is None:
        print("This works in a checkout only.", file=sys.stderr)
        return 1
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "settings.md").write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

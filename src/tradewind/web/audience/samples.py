"""A file to try an import with, in the viewer's language: good rows, and one of each common mistake."""

from importlib.resources import files

from django.utils.translation import get_language


def content() -> bytes:
    language = "zh" if _is_chinese() else "en"
    text = (files("tradewind.audience") / "data" / f"sample.{language}.csv").read_text(encoding="utf-8")
    return f"\ufeff{text}".encode()


def file_name() -> str:
    return "示例客户.csv" if _is_chinese() else "sample-contacts.csv"


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")

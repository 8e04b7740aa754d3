"""Full-text search without extensions: words of any script, and each Chinese, Japanese or Korean character.

PostgreSQL's `simple` dictionary takes a Chinese sentence for one word. With blanks around each such
character, 中国 becomes the phrase 中 <-> 国, which finds the two side by side. Marks inside addresses and
telephone numbers become blanks as well, so that `acme` finds anna@acme-gmbh.de.
"""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Func

MARKS = "@._-+/"
ALONE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"  # Han, kana, hangul, their radicals and compatibility forms
MOST_WORDS = 8

_PIECES = re.compile(rf"[{ALONE}]+|[^\W_{ALONE}]+")
_IS_ALONE = re.compile(rf"[{ALONE}]")


class Words(Func):
    """The text search vector of text columns that are not NULL; immutable, so fit for a generated column."""

    arg_joiner = " || ' ' || "
    template = (
        "to_tsvector('simple'::regconfig, regexp_replace("
        f"translate(%(expressions)s, '{MARKS}', '{' ' * len(MARKS)}'), '([{ALONE}])', ' \\1 ', 'g'))"
    )


def search_query(text: str) -> SearchQuery | None:
    """What finds rows in which each word of `text` begins some word; None when `text` holds no word."""
    words = one_word_queries(text)
    return SearchQuery(" & ".join(words), search_type="raw", config="simple") if words else None


def one_word_queries(text: str) -> list[str]:
    """The parts of a raw tsquery, one for each word; only letters and digits get in, unescaped."""
    return [_one(piece) for piece in _PIECES.findall(text.lower().replace("\0", ""))[:MOST_WORDS]]


def word_query(raw: str) -> SearchQuery:
    return SearchQuery(raw, search_type="raw", config="simple")


def _one(piece: str) -> str:
    if _IS_ALONE.match(piece):
        return "(" + " <-> ".join(f"'{character}'" for character in piece) + ")"
    return f"'{piece}':*"


def words_of(*fields: str, **extra: Any) -> Words:
    """For a GeneratedField's expression."""
    return Words(*fields, **extra)

"""How much of a file is read. Memory stays bounded whatever stands in it."""

from tradewind.core import env

MOST_MIB = env.whole(
    "TRADEWIND_IMPORT_MAX_MIB",
    512,
    "Largest file of contacts that can be uploaded, in MiB.",
    group="Storage",
    least=1,
    most=65536,
)
MOST_COLUMNS = 200
LONGEST_LINE = 1_000_000  # characters
MOST_LINES_IN_A_ROW = (
    1_000  # line ends inside one quoted cell; beyond that its quotation mark was never closed
)
MOST_BROKEN_QUOTES = 100
LONGEST_CELL = 10_000  # characters
LONGEST_SHORT_CELL = 200  # names, companies, phone numbers ...
STAGE_ROWS = 20_000  # rows copied, and noted as progress, at a time
MERGE_ROWS = 10_000  # rows merged in one transaction: a second or two, so that nobody waits for its locks
SAMPLE_ROWS = 20
CHECKED_ROWS = 1_000

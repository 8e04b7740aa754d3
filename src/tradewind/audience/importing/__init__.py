"""Files of contacts into the audience: `upload` → `preview`, `remap` → `attest` → `start`; the job does `run`.

upload    keeps the file, detects encoding and delimiter, proposes a mapping
start     queues the job; then: read, check → COPY into a temporary table → rejected rows to a file → merge, set by set
"""

from tradewind.audience.importing.headings import Field, check_mapping, custom_key
from tradewind.audience.importing.previewing import Preview, preview
from tradewind.audience.importing.problems import FileProblem, ImportProblem, RowProblem
from tradewind.audience.importing.running import attest, run, start
from tradewind.audience.importing.uploading import remap, reread, upload, upload_file

__all__ = [
    "Field",
    "FileProblem",
    "ImportProblem",
    "Preview",
    "RowProblem",
    "attest",
    "check_mapping",
    "custom_key",
    "preview",
    "remap",
    "reread",
    "run",
    "start",
    "upload",
    "upload_file",
]

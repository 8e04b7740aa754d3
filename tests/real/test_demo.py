"""The demonstration, to its end: our figures and the laboratory's books agree."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

EXACT = ("accepted", "refused", "bounced", "complained", "unsubscribed")


def test_the_story_ends_with_figures_that_the_laboratory_confirms() -> None:
    with tempfile.TemporaryDirectory(prefix="tw-demo-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)  # the database's own account passes through
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        done = subprocess.run(
            [sys.executable, "-m", "tradewind", "demo", "--once", "--people", "600"],
            env=environment | {"TRADEWIND_DATA": folder, "TRADEWIND_POSTGRES_FOLDER": ""},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert {name: result[name] for name in EXACT} == {name: result["lab"][name] for name in EXACT}
    assert result["planned"] == 600
    assert result["accepted"] > 550
    assert result["unknown"] == 0
    assert 0 < result["opened_human"] <= result["lab"]["opened_human"] + 20
    assert result["replied"] == result["lab"]["replied"] > 0

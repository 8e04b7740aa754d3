"""The exporter's story in an installation of its own (the test's database is not asked): run as a program with its settings.

`python -m tests.story.elsewhere LAB ADDRESSES start` furnishes it and starts a campaign; `... states` says how it stands.
"""

import json
import os
import sys
from pathlib import Path


def main(lab_info: str, count: int, what: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradewind.core.settings")
    import django

    django.setup()
    from tests.story.stage import Books, Stage
    from tradewind.lab.testing import LabProcess
    from tradewind.ledger.models import Attempt, Origin
    from tradewind.outreach import campaigns

    lab = LabProcess(state=Path(os.environ["TRADEWIND_DATA"]) / "lab")
    lab.info = json.loads(lab_info)
    stage = Stage(lab, Path(os.environ["TRADEWIND_DATA"]), {})
    if what == "start":
        stage.furnish()
        stage.contacts(f"buyer{n}@company{n % 14}.de" for n in range(count))
        stage.everybody_is_there()
        campaigns.start(stage.draft())
        return
    origin = Origin.objects.get()
    print(
        json.dumps(
            {
                "origin": origin.state,
                "states": Books(lab, origin).states(),
                "reasons": Books(lab, origin).reasons(),
                "attempts": Attempt.objects.filter(outcome="accepted").count(),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])

"""``python -m tradewind.lab``: run a laboratory until it is interrupted."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence

import uvloop

from tradewind.lab.config import LabConfig, parse
from tradewind.lab.lab import run


async def _until_signal(config: LabConfig) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await run(config)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 after a signal, 1 when a port is taken."""
    config = parse(arguments)
    logging.basicConfig(level=os.environ.get("LAB_LOG", "WARNING"), stream=sys.stderr)
    try:
        uvloop.run(_until_signal(config))
    except OSError as problem:
        print(
            f"The laboratory could not start: {problem}. Choose other ports, or 0 for free ones.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

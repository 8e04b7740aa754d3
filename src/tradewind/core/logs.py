"""Structured logs: one line per event, with a stable event name, ids, and for people a sentence.

log = structlog.get_logger()
log.info("campaign.started", campaign=7, say="Campaign 'Spring' started")
"""

import logging
import sys
from typing import Any

import structlog
from django.conf import settings

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

QUIET = {
    "httpx": "WARNING",
    "asyncio": "WARNING",
    "procrastinate": "WARNING",
    "uvicorn": "WARNING",
    "mail.log": "WARNING",
}
"""Libraries whose ordinary lines would drown ours."""


def set_up(stream: Any = None) -> None:
    """Route structlog and the standard library's logging through one formatter to `stream` (standard error).
    Safe to call again."""
    stream = stream or sys.stderr
    as_json = settings.LOG_FORMAT == "json" or (settings.LOG_FORMAT == "auto" and not stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED, processors=_ending(as_json=as_json, colors=stream.isatty())
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.LOG_LEVEL.upper())
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _ending(*, as_json: bool, colors: bool) -> list[Any]:
    tidy = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_json:
        return [tidy, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [tidy, structlog.dev.ConsoleRenderer(colors=colors)]

"""Logs: one JSON object a line on stdout, with the trail of the work in hand, and no text of exceptions.

What an exception says may quote what a person wrote; its class and the places it came through are enough to find it.
Log with `structlog.get_logger().info("event_in_snake_case", key=value)`.
"""

import logging
import sys
import traceback
from functools import partial

import structlog
from structlog.typing import Processor

from chassis.core import context


def configure(service):
    """Send the logs of this process to stdout: ours from INFO, those of libraries from WARNING."""
    shared: list[Processor] = [
        partial(_about, service),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_text,
    ]
    render = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    structlog.configure(
        processors=[structlog.processors.add_log_level, *shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_of_libraries([structlog.stdlib.add_log_level, *shared], render))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings quote the query


def _of_libraries(shared, render):
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, render])


def _about(service, logger, method, event):
    trail = context.current()
    event["service"] = service
    return event | ({"trace": trail.traceparent.split("-")[1], "correlation": trail.correlationid} if trail else {})


def _without_text(logger, method, event):
    error = event.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error[1] if isinstance(error, tuple) else error
    if error:
        event["error"] = type(error).__name__
        event["at"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    return event

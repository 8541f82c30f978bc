"""What is seen of each request from outside: a count, a line in the log, a span; and of whom it was, nothing.

Routes are named by their pattern, so that no identifier gets into a log; addresses, names, codes and bodies
are nowhere in them. Lines are JSON, in which no value can begin a new line.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any, Final, TextIO

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moiety._version import __version__
from moiety.errors import StorageError
from moiety.service.metrics import Metrics

logger: Final = logging.getLogger("moiety.service")
UNKNOWN: Final = "none"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NAMES: Final = ("method", "route", "status", "ms", "trace", "error")


class Observed:
    """The outermost layer of the application. `tracers` is where spans go; by default to nobody."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, tracers: trace.TracerProvider | None = None
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._tracer = trace.get_tracer("moiety", __version__, tracer_provider=tracers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        begun, status = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracer.start_as_current_span(method, kind=SpanKind.SERVER, record_exception=False) as span:
            try:
                await self._app(scope, receive, noted)
            finally:
                route = _route(scope)
                seconds = time.perf_counter() - begun
                span.update_name(f"{method} {route}")
                told = {"http.request.method": method, "http.route": route}
                span.set_attributes({**told, "http.response.status_code": status})
                if status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                self._metrics.answered(method, route, status, seconds)
                about = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
                identifier = span.get_span_context().trace_id
                extra = about if identifier == 0 else {**about, "trace": f"{identifier:032x}"}
                logger.info("request", extra=extra)


def _route(scope: Scope) -> str:
    """The pattern of the route that answered; files of the pages have one name in common."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and path:
        return path
    return "pages" if scope.get("endpoint") is not None else UNKNOWN


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record: what it says, and the fields that we know; never a traceback."""
        line: dict[str, Any] = {
            "at": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: record.__dict__[name] for name in _NAMES if name in record.__dict__}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=True)


def log_to(stream: TextIO | None = None) -> logging.Handler:
    """Have the service, and the server below it, log JSON lines to a stream (standard error)."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonLines())
    for name, level in (("moiety", logging.INFO), ("uvicorn.error", logging.WARNING)):
        known = logging.getLogger(name)
        known.handlers = [handler]
        known.setLevel(level)
        known.propagate = False
    return handler


class _Lines(ConsoleSpanExporter):
    """Spans as JSON lines in a file of its own, which is closed at the end."""

    def shutdown(self) -> None:
        """Close the file."""
        self.out.close()


def traces_to(file: Path) -> TracerProvider:
    """Spans as JSON lines at the end of a file, for a collector to read; until its `shutdown`."""
    try:
        out = file.open("a", encoding="utf-8")
    except OSError as error:
        said = f"The file of traces {file.name!r} can't be written: {error.strerror}."
        raise StorageError(said, remedy="Choose another: --traces FILE.") from error
    provider = TracerProvider(resource=Resource({"service.name": "moiety", "service.version": __version__}))
    exporter = _Lines(out=out, formatter=lambda span: span.to_json(indent=None) + "\n")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider

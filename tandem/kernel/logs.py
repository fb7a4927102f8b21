"""Log lines as JSON: what happened and where, never a name, a body or a parameter."""

import json
import logging
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """One object a line; an exception is told by its type and place, not by its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Render one record."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["error"] = kind.__name__
            # The text of a database error may quote a value: its type and line are enough.
            while trace is not None:
                line["where"] = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
                trace = trace.tb_next
            line["message"] = str(record.msg)
        else:
            line["message"] = record.getMessage()
        if request := getattr(record, "request", None):
            line["message"] = _asked(request)
            line["status"] = getattr(record, "status_code", None)
        return json.dumps(line)


def _asked(request: Any) -> str:
    """The address by its pattern: what somebody typed into an address is theirs, not the log's."""
    match = getattr(request, "resolver_match", None)
    method = getattr(request, "method", "")
    return f"{method} {match.route if match else 'no such address'}"

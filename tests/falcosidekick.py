"""A server that takes alerts as falcosidekick does, by its documented checks, and that can be made to fail."""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PRIORITIES = frozenset(["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"])
_RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_MUST_BE_TEXT = ("k8s.ns.name", "k8s.pod.name")


def refusal(body: bytes) -> str:
    """Say why falcosidekick would refuse a body; "" when it would not."""
    try:
        alert, _ = json.JSONDecoder().raw_decode(body.decode())
    except ValueError as error:
        return f"no JSON: {error}"
    if not isinstance(alert, dict):
        return "no object"
    if str(alert.get("priority", "")).lower() not in _PRIORITIES:
        return "unknown priority"
    if not alert.get("rule"):
        return "no rule"
    if not _is_time(alert.get("time")):
        return "no RFC 3339 time"
    fields = alert.get("output_fields")
    if not isinstance(fields, dict) or not fields:
        return "no output fields"
    if any(fields.get(name) is not None and not isinstance(fields[name], str) for name in _MUST_BE_TEXT):
        return "a field of Kubernetes that is no text"
    tags = alert.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return "tags that are no texts"
    return ""


def _is_time(text: Any) -> bool:
    found = _RFC_3339.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return False
    try:
        return datetime.fromisoformat(found[1]).year > 1
    except ValueError:
        return False


class Falcosidekick:
    """The server, on loopback. `taken` are the bodies it took; it fails as often as `failures` has answers left.

    An answer of 0 hangs up. Others say when to come again, where `retry_after` is set.
    """

    def __init__(self, failures: tuple[int, ...] = ()) -> None:
        self.taken: list[bytes] = []
        self.requests: list[tuple[str, str | None]] = []
        self.failures = list(failures)
        self.retry_after = ""
        outer, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    outer.requests.append((self.path, self.headers.get("Authorization")))
                    status = outer.failures.pop(0) if outer.failures else 400 if refusal(body) else 200
                    if status == 200:
                        outer.taken.append(body)
                if status == 0:
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if status != 200 and outer.retry_after:
                    self.send_header("Retry-After", outer.retry_after)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

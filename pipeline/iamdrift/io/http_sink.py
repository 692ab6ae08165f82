"""Posting alerts: each as Falco's JSON to falcosidekick or any webhook, and a bundle ends when all are taken.

Alerts on one resource go in their order; those on different resources go at the same time, so that a slow receiver
does not make the job wait for each.
"""

from __future__ import annotations

import logging
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import apache_beam as beam
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from iamdrift import metrics
from iamdrift.errors import TransportError
from iamdrift.falco.alert import Alert
from iamdrift.io.http_target import HttpTarget

_LANES = 8
_POSTED_TOGETHER = 512
_TIMEOUT = (5, 30)  # seconds to connect, and to be answered
_HEADERS = {"Content-Type": "application/json", "User-Agent": "iamdrift"}
# What may be otherwise a moment later. About half a minute of trying; then the runner tries the whole bundle again.
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_RETRY = Retry(
    total=6,
    status_forcelist=_AGAIN,
    allowed_methods=None,
    backoff_factor=0.5,
    backoff_jitter=0.5,
    backoff_max=20,
    respect_retry_after_header=True,
    raise_on_status=False,
)
_log = logging.getLogger(__name__)


class WriteHttp(beam.DoFn):
    """Post alerts to every target; nowhere without one.

    A receiver that refuses an alert (4xx) is told of in the log and in the metric `alerts_refused`. Raises
    TransportError when one does not answer, or has errors, for too long.
    """

    def __init__(self, targets: tuple[HttpTarget, ...]) -> None:
        super().__init__()
        self._targets = targets
        self._waiting: list[Alert] = []
        self._tally = metrics.Tally()

    def setup(self) -> None:
        """Open a session for each lane."""
        # What it logs of a retry has the path and the query of the URL, which may be secret.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        self._sessions = [_session() for _ in range(_LANES)] if self._targets else []

    def teardown(self) -> None:
        """Close the sessions."""
        for session in self._sessions:
            session.close()

    def start_bundle(self) -> None:
        """Begin with nothing waiting."""
        self._waiting = []

    def process(self, element: Alert) -> None:
        """Take an alert; many are posted together."""
        if not self._targets:
            return
        self._waiting.append(element)
        if len(self._waiting) >= _POSTED_TOGETHER:
            self._post()

    def finish_bundle(self) -> None:
        """Post what waits, and give the counts to Beam."""
        if self._waiting:
            self._post()
        self._tally.flush()

    def _post(self) -> None:
        waiting, self._waiting = self._waiting, []
        lanes: list[list[Alert]] = [[] for _ in range(_LANES)]
        for alert in waiting:
            lanes[zlib.crc32(alert.key.encode()) % _LANES].append(alert)
        with ThreadPoolExecutor(_LANES) as pool:
            refused = sum(pool.map(self._post_lane, self._sessions, lanes))
        if refused:
            self._tally.add(metrics.ALERTS_REFUSED, refused)

    def _post_lane(self, session: requests.Session, alerts: list[Alert]) -> int:
        """Post alerts one after the other; returns how many were refused."""
        return sum(not _accepted(session, target, alert) for alert in alerts for target in self._targets)


def _session() -> Any:
    session = requests.Session()
    # What the environment says of proxies counts; a .netrc does not, for the URL says who we are.
    session.headers.update(_HEADERS)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=_RETRY, pool_maxsize=1))
    return session


def _accepted(session: requests.Session, target: HttpTarget, alert: Alert) -> bool:
    """Post an alert; says whether it was taken. Raises TransportError."""
    try:
        answer = session.post(target.url, data=alert.to_json(), timeout=_TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        # Its text has the whole URL.
        raise TransportError(f"{target} does not take alerts: {type(error).__name__}") from None
    if answer.status_code in _AGAIN or answer.status_code >= 500:
        raise TransportError(f"{target} does not take alerts: it answers {answer.status_code}")
    if answer.status_code >= 300:
        _log.warning("%s refused alert %s of rule %r: %d", target, alert.id, alert.rule, answer.status_code)
        return False
    return True

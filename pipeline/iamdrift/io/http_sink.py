"""Posting alerts: each as Falco's JSON to falcosidekick or any webhook, and a bundle ends when all are taken.

Alerts on one resource go in their order; those on different resources, and those to different targets, go at the same
time, so that a slow receiver does not make the job wait for each.
"""

from __future__ import annotations

import logging
import zlib
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import apache_beam as beam
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from iamdrift import metrics
from iamdrift.errors import TransportError
from iamdrift.falco.alert import Alert
from iamdrift.io.http_target import HttpTarget

_LANES = 8
_POSTED_TOGETHER = 512
_TIMEOUT = (5, 30)  # seconds to connect, and to be answered
_HEADERS = {"Content-Type": "application/json", "User-Agent": "iamdrift"}
# What may be otherwise a moment later. About half a minute of trying, four where each try waits for its answer in vain;
# then the runner tries the whole bundle again.
_RETRY = Retry(
    total=6,
    status_forcelist=(408, 425, 429, *range(500, 600)),
    allowed_methods=None,
    backoff_factor=0.5,
    backoff_jitter=0.5,
    backoff_max=20,
    respect_retry_after_header=True,
    retry_after_max=30,
    raise_on_status=False,
)
# Answers that are about the one alert. Any other that is not a success is about the target, as a wrong path or token:
# there every alert would be lost.
_REFUSALS = (400, 409, 413, 415, 422)
_THREADS = "post alerts"
_log = logging.getLogger(__name__)


class WriteHttp(beam.DoFn):
    """Post alerts to every target; nowhere without one.

    A receiver that refuses an alert is told of in the log and in the metric `alerts_refused`. Raises TransportError
    when one does not answer, has errors for too long, or takes no alerts at all.
    """

    def __init__(self, targets: tuple[HttpTarget, ...]) -> None:
        super().__init__()
        self._targets = targets
        self._waiting: list[Alert] = []
        self._tally = metrics.Tally()

    def setup(self) -> None:
        """Open a session for each lane of each target."""
        for name in ("urllib3.connectionpool", "urllib3.util.retry"):
            logging.getLogger(name).addFilter(_hide_urls)
        self._lanes = [(target, lane, _session(target)) for target in self._targets for lane in range(_LANES)]

    def teardown(self) -> None:
        """Close the sessions."""
        for *_, session in self._lanes:
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
        parts: list[list[Alert]] = [[] for _ in range(_LANES)]
        for alert in waiting:
            parts[zlib.crc32(alert.key.encode()) % _LANES].append(alert)
        failed = Event()
        with ThreadPoolExecutor(len(self._lanes), _THREADS) as pool:
            work = [
                pool.submit(_post_all, session, target, parts[lane], failed) for target, lane, session in self._lanes
            ]
        if refused := sum(one.result() for one in work):
            self._tally.add(metrics.ALERTS_REFUSED, refused)


class _Authorization(AuthBase):
    """Say who we are by the URL alone, never by a .netrc."""

    def __init__(self, target: HttpTarget) -> None:
        self._value = target.authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value:
            request.headers["Authorization"] = self._value
        return request


def _session(target: HttpTarget) -> Any:
    session = requests.Session()
    session.headers.update(_HEADERS)
    session.auth = _Authorization(target)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=_RETRY, pool_maxsize=1))
    return session


def _hide_urls(record: logging.LogRecord) -> bool:
    """Drop what the library logs of our posts: it has path and query of the URL, which may be secret."""
    return not (record.threadName or "").startswith(_THREADS)


def _post_all(session: requests.Session, target: HttpTarget, alerts: list[Alert], failed: Event) -> int:
    """Post alerts one after the other, until another lane has failed; returns how many were refused."""
    refused = 0
    for alert in alerts:
        if failed.is_set():
            break
        try:
            refused += not _accepted(session, target, alert)
        except TransportError:
            failed.set()
            raise
    return refused


def _accepted(session: requests.Session, target: HttpTarget, alert: Alert) -> bool:
    """Post an alert; says whether it was taken. Raises TransportError."""
    try:
        answer = session.post(target.url, data=alert.to_json(), timeout=_TIMEOUT, allow_redirects=False)
    except (requests.RequestException, HTTPError) as error:
        # requests passes some errors of urllib3 as they are. Their text may have the whole URL.
        raise TransportError(f"{target} does not take alerts: {type(error).__name__}") from None
    if answer.status_code in _REFUSALS:
        _log.warning("%s refused alert %s of rule %r: %d", target, alert.id, alert.rule, answer.status_code)
        return False
    if not 200 <= answer.status_code < 300:
        raise TransportError(f"{target} does not take alerts: it answers {answer.status_code}")
    return True

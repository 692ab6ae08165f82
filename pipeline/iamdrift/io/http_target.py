"""Where alerts are posted: an URL that may hold a password or a token, which are never shown."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from iamdrift.errors import ConfigError


@dataclass(frozen=True, slots=True, repr=False)
class HttpTarget:
    """An URL to post to, without user and password, and what they make of the header `Authorization`.

    Prints without path and query too: a webhook's secret may be in any of them.
    """

    url: str
    authorization: str | None = None

    @classmethod
    def of(cls, url: str) -> HttpTarget:
        """Check an URL. Raises ConfigError, which shows no more of it than its host."""
        try:
            parts = urlsplit(url)
            # A host with an empty or too long part would fail only when the first alert is posted.
            usable = (
                parts.scheme in ("http", "https") and bool((parts.hostname or "").encode("idna")) and parts.port != 0
            )
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError(f"output.http wants an URL as http://host:2801/, not {shown_url(url)}")
        return cls(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), _authorization(parts))

    def __str__(self) -> str:
        return shown_url(self.url)

    __repr__ = __str__


def shown_url(url: str) -> str:
    """Return scheme, host and port of an URL, and a mark for what else it has.

    An `@` behind the host may be that of a password with a slash in it, whose beginning would look like the host: of
    such an URL nothing is shown.
    """
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        host += f":{parts.port}" if parts.port else ""
    except ValueError:
        return "****"
    behind = f"{parts.path}{parts.query}{parts.fragment}"
    if not parts.scheme or not host or "@" in behind:
        return "****"
    return f"{parts.scheme}://{host}/{'****' if behind.strip('/') or '@' in parts.netloc else ''}"


def _authorization(parts: SplitResult) -> str | None:
    """Return what RFC 7617 makes of the user and password in an URL."""
    if "@" not in parts.netloc:
        return None
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"

"""Where alerts are posted: an URL that may hold a password or a token, which are never shown."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from iamdrift.errors import ConfigError


@dataclass(frozen=True, slots=True, repr=False)
class HttpTarget:
    """An URL to post to. Prints without user, password, path and query: a webhook's secret may be in any of them."""

    url: str

    @classmethod
    def of(cls, url: str) -> HttpTarget:
        """Check an URL. Raises ConfigError, which shows no more of it than its host."""
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError(f"output.http wants an URL as http://host:2801/, not {cls(url)}")
        return cls(url)

    def __str__(self) -> str:
        return shown_url(self.url)

    __repr__ = __str__


def shown_url(url: str) -> str:
    """Return scheme, host and port of an URL, and a mark for what else it has."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "****"
    rest = "****" if parts.path.strip("/") or parts.query or parts.username or parts.password else ""
    return f"{parts.scheme}://{host}/{rest}" if parts.scheme and host else "****"

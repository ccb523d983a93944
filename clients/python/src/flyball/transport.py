"""Requests over HTTP/1.1 on connections that are kept, one a thread."""
from __future__ import annotations

import http.client
import json
import random
import socket
import ssl
import threading
import time
import warnings
from typing import Any, Dict, Mapping, Optional, Tuple
from urllib.parse import urlsplit

from .errors import ConnectionFailed, engine_error

#: The answer: its headers, in lower case, and its body.
Answer = Tuple[Dict[str, str], bytes]

_LONGEST_MESSAGE = 4_000
# Two classes in Python 3.9, one since.
_TIMEOUTS = (TimeoutError, socket.timeout)


class Transport:
    """Sends requests to one engine.

    What was not sent is sent again (nobody listens yet), and what the engine turned away before doing anything: 429, and 503 with Retry-After.
    A request whose answer got lost is sent again only where the caller says that twice is as good as once. All of it within `patience` seconds.
    """

    def __init__(
        self, url: str, token: Optional[str], timeout: float, patience: float, context: Optional[ssl.SSLContext], agent: str
    ) -> None:
        parts = urlsplit(url if "://" in url else "http://" + url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of an engine: write http://HOST:PORT or https://HOST:PORT")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an engine's address is http://HOST:PORT, perhaps with a path: pass the token by itself")
        if parts.scheme == "http" and context is not None:
            raise ValueError("a TLS context for a plain http:// address: write https://")
        if token is not None and (not token or not token.isascii() or not token.isprintable() or " " in token):
            raise ValueError("the token is none: it is the line that `flyball token create` printed, without its end")
        self._secure = parts.scheme == "https"
        self._host: str = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.address = f"{parts.scheme}://{host}:{self._port}{self._prefix}"
        self._context = (context or ssl.create_default_context()) if self._secure else None
        self._timeout = timeout
        self._patience = patience
        self._headers = {"User-Agent": agent}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
            if not self._secure and self._host not in ("localhost", "::1") and not self._host.startswith("127."):
                warnings.warn(f"the token goes to {self._host} in clear text: use https://", stacklevel=4)
        self._local = threading.local()

    def call(
        self, method: str, path: str, body: Optional[bytes] = None, headers: Optional[Mapping[str, str]] = None, repeatable: bool = True
    ) -> Answer:
        """The answer to one request.

        `repeatable`: whether the engine doing it twice is as good as once.

        Raises `EngineError` for every status but 2xx, `ConnectionFailed` without an answer.
        """
        end = time.monotonic() + self._patience
        attempt = 0
        while True:
            wait = min(2.0, 0.05 * 2**attempt) * random.uniform(0.5, 1.5)
            attempt += 1
            try:
                status, found, content = self._once(method, path, body, headers or {}, repeatable)
            except ConnectionFailed as failure:
                if failure.sent or time.monotonic() + wait > end:
                    raise
                time.sleep(wait)
                continue
            if 200 <= status < 300:
                return found, content
            after = _seconds(found.get("retry-after"))
            # 503 may be said of a change that the store has taken half-way: only what may be done twice is asked for again.
            turned_away = status == 429 or status == 503 and repeatable
            if turned_away and after is not None and time.monotonic() + after <= end:
                time.sleep(max(after, wait))
                continue
            raise engine_error(status, _message(found, content), f"{method} {self.address}{path}", after)

    def document(self, method: str, path: str, body: Any = None, repeatable: bool = True) -> Any:
        """The JSON answer to a JSON request."""
        content = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        return json.loads(self.call(method, path, content, {"Content-Type": "application/json"}, repeatable)[1])

    def close(self) -> None:
        """Closes this thread's connection; the next request opens another one."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _once(
        self, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str], repeatable: bool
    ) -> Tuple[int, Dict[str, str], bytes]:
        kept: Optional[http.client.HTTPConnection] = getattr(self._local, "connection", None)
        if kept is not None and not repeatable:
            # The engine may have closed it meanwhile, which nobody can tell from a lost answer.
            self.close()
            kept = None
        try:
            return self._exchange(kept or self._connect(), method, path, body, headers)
        except ConnectionFailed as failure:
            if kept is None or isinstance(failure.__cause__, _TIMEOUTS):
                raise
        # A connection that was kept too long: a new one tells.
        return self._exchange(self._connect(), method, path, body, headers)

    def _connect(self) -> http.client.HTTPConnection:
        self.close()
        if self._context is not None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout, context=self._context)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        try:
            connection.connect()
        except ssl.SSLError as error:
            raise ConnectionFailed(f"{self.address}: no TLS: {error}: pass a context that knows the certificate", sent=True) from error
        except _TIMEOUTS as error:
            raise ConnectionFailed(f"{self.address}: no connection within {self._timeout:g} s", sent=True) from error
        except OSError as error:
            advice = "is the engine running? `flyball status` says so, `Client.of(workspace)` finds its address"
            raise ConnectionFailed(f"{self.address}: {error.strerror or error}: {advice}", sent=not _refused(error)) from error
        self._local.connection = connection
        return connection

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str]
    ) -> Tuple[int, Dict[str, str], bytes]:
        try:
            connection.request(method, self._prefix + path, body=body, headers={**self._headers, **headers})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            what = f"no answer within {self._timeout:g} s" if isinstance(error, _TIMEOUTS) else f"the connection broke: {error!r}"
            raise ConnectionFailed(f"{method} {self.address}{path}: {what}", sent=True) from error
        if response.will_close:
            self.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, content


def _refused(error: OSError) -> bool:
    """Whether nobody listens, so that nothing was sent."""
    return isinstance(error, ConnectionRefusedError)


def _seconds(text: Optional[str]) -> Optional[float]:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None


def _message(headers: Mapping[str, str], content: bytes) -> str:
    if "location" in headers:
        return f"redirected to {headers['location']}, which is not followed: the token is for this address alone"
    try:
        return str(json.loads(content)["error"])
    except (ValueError, KeyError, TypeError):
        return content[:_LONGEST_MESSAGE].decode(errors="replace").strip() or "no message"

"""What can go wrong. Every message says what, where and what to do; the engine's own words are passed on as they are."""
from __future__ import annotations

from typing import Any, Optional


class FlyballError(Exception):
    """Anything that this package raises on purpose."""


class CellError(FlyballError, ValueError):
    """A value that cannot be sent as what the column holds. Nothing was sent.

    `column` is the column's name, `row` the row's place in the call, from 0; either may be None.
    """

    def __init__(self, problem: str, column: Optional[str] = None, row: Optional[int] = None) -> None:
        place = [] if column is None else [f"column {column!r}"]
        place += [] if row is None else [f"row {row}"]
        super().__init__(": ".join([", ".join(place), problem]) if place else problem)
        self.column = column
        self.row = row


class ConnectionFailed(FlyballError, ConnectionError):
    """No answer: nobody listens, the connection broke, or the time was over.

    `sent` says whether the engine may have got the request all the same.
    """

    def __init__(self, message: str, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class EngineNotRunning(FlyballError):
    """A workspace that no engine serves over HTTP."""


class EngineError(FlyballError):
    """The engine's answer is an error.

    `status` is the HTTP status, `message` what the engine said, `retry_after` the seconds after which it wants to be asked again, if it said so.
    """

    def __init__(self, status: int, message: str, where: str, retry_after: Optional[float] = None) -> None:
        super().__init__(f"{message} ({status}, {where})")
        self.status = status
        self.message = message
        self.where = where
        self.retry_after = retry_after


class NotAuthorised(EngineError):
    """401 or 403: no token, one that is worth nothing, or one without the right."""


class NotFound(EngineError):
    """404: no such model, version or address."""


class StateChanged(EngineError):
    """409: the state is not the expected one, or a rule forbids the change."""


class RateLimited(EngineError):
    """429: the token's rate."""


class Unavailable(EngineError):
    """503: starting, paused or overloaded."""


class LabelsRefused(FlyballError):
    """Some labels were not taken; the others were.

    `results` has what became of each one, `results.refused` those that were not taken.
    """

    def __init__(self, results: Any) -> None:
        refused = results.refused
        first = refused[0]
        others = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
        super().__init__(f"{len(refused)} of {len(results)} labels were not taken: {first.id}: {first.reason or first.outcome}{others}")
        self.results = results


def engine_error(status: int, message: str, where: str, retry_after: Optional[float]) -> EngineError:
    """The error of a status."""
    kinds = {401: NotAuthorised, 403: NotAuthorised, 404: NotFound, 409: StateChanged, 429: RateLimited, 503: Unavailable}
    return kinds.get(status, EngineError)(status, message, where, retry_after)

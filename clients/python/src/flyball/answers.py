"""What an engine answers."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from .model import Model


class Prediction(NamedTuple):
    """One row's answer.

    `score` is the probability of the positive class, of the likeliest where there are several, or the predicted number; `label` the class that it
    speaks for, None for a number; `scores` the probability of each class, empty for a number. Labels and explanations ask by `id`.
    """

    id: str
    score: float
    label: Optional[str]
    scores: Dict[str, float]
    version: int


@dataclass(frozen=True)
class Part:
    """The answer to one request: a call of many rows is several."""

    prediction_id: str
    version: int
    arm: str
    answered_by: Optional[str]
    fallback: Optional[str]
    rows: int
    #: From which score on the version that answered calls a row positive, of two classes.
    threshold: float = 0.5


class Predictions(Sequence):
    """The answers to a call's rows, in their order: a sequence of `Prediction`, and columns of them."""

    def __init__(self, model: Model, parts: List[Part], outputs: List[float], index: Any = None) -> None:
        self._model = model
        self._outputs = outputs
        self._index = index
        self._width = model.outputs
        #: The deployment.
        self.model = model.name
        #: One a request: which version answered, in which role, and (of a paused deployment) by which fallback.
        self.parts = tuple(parts)
        #: One a row: `base` for the first of a request, else `base.i`.
        self.ids: List[str] = [
            part.prediction_id if row == 0 else f"{part.prediction_id}.{row}" for part in parts for row in range(part.rows)]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        row = range(len(self))[place]
        scores = self._row(row)
        return Prediction(self.ids[row], self._score(scores), self._model.label(scores, self._part(row).threshold), self._classes(scores),
                          self._part(row).version)

    def __repr__(self) -> str:
        answered = ", ".join(sorted({f"v{part.version}" for part in self.parts}))
        return f"<{len(self)} predictions of {self.model} {answered}>"

    @property
    def scores(self) -> List[float]:
        """One a row: see `Prediction.score`."""
        return [self._score(self._row(row)) for row in range(len(self))]

    @property
    def labels(self) -> List[Optional[str]]:
        """One a row: see `Prediction.label`."""
        thresholds = [part.threshold for part in self.parts for _ in range(part.rows)]
        return [self._model.label(self._row(row), threshold) for row, threshold in enumerate(thresholds)]

    @property
    def versions(self) -> List[int]:
        """The version that answered each row; 0 where a fallback gave a constant."""
        return [part.version for part in self.parts for _ in range(part.rows)]

    def to_pandas(self) -> Any:
        """A data frame: `id`, `score`, `label` (but for numbers), `version`, and `score CLASS` where there are more than two classes.

        Its index is that of the data frame that was asked about. Needs pandas.
        """
        import pandas

        columns: Dict[str, Any] = {"id": self.ids, "score": self.scores}
        if self._model.classes:
            columns["label"] = self.labels
        columns["version"] = self.versions
        if self._width > 1:
            for place, name in enumerate(self._model.classes):
                columns[f"score {name}"] = self._outputs[place:: self._width]
        return pandas.DataFrame(columns, index=self._index)

    def _row(self, row: int) -> List[float]:
        return self._outputs[row * self._width: (row + 1) * self._width]

    def _score(self, scores: List[float]) -> float:
        return scores[0] if len(scores) == 1 else max(scores)

    def _classes(self, scores: List[float]) -> Dict[str, float]:
        if self._model.task == "binary":
            return dict(zip(self._model.classes, (1 - scores[0], scores[0])))
        return dict(zip(self._model.classes, scores)) if self._width > 1 else {}

    def _part(self, row: int) -> Part:
        for part in self.parts:
            if row < part.rows:
                return part
            row -= part.rows
        raise IndexError(row)


class LabelResult(NamedTuple):
    """What became of one label.

    `outcome` is `accepted`, `duplicate` (the same value stands already), `corrected`, `pending` (taken; its row is on its way to the log), or,
    with a `reason`: `conflict` (another value stands), `unknown` (no such prediction), `invalid` (no class, no number).
    """

    id: str
    outcome: str
    reason: Optional[str]

    @property
    def taken(self) -> bool:
        """Whether it stands."""
        return self.outcome in ("accepted", "duplicate", "corrected", "pending")


class LabelResults(Sequence):
    """What became of labels, in their order: a sequence of `LabelResult`."""

    def __init__(self, results: List[LabelResult]) -> None:
        self._results = results

    def __len__(self) -> int:
        return len(self._results)

    def __getitem__(self, place: Any) -> Any:
        return self._results[place]

    def __repr__(self) -> str:
        return f"<{len(self)} labels: {', '.join(f'{count} {outcome}' for outcome, count in self.counts.items())}>"

    @property
    def counts(self) -> Dict[str, int]:
        """How many there are of each outcome."""
        return dict(sorted(Counter(result.outcome for result in self._results).items()))

    @property
    def refused(self) -> List[LabelResult]:
        """Those that were not taken."""
        return [result for result in self._results if not result.taken]


@dataclass(frozen=True)
class Output:
    """Why one score came out: `base` and the contributions add up to the raw `score`.

    `probability` is what is answered, after the version's calibration; None for a number.
    """

    name: str
    base: float
    score: float
    probability: Optional[float]
    contributions: Mapping[str, float]

    def largest(self, count: int = 5) -> List[Tuple[str, float]]:
        """The columns that count most, whichever way, with what they add."""
        ranked = sorted(self.contributions.items(), key=lambda one: -abs(one[1]))
        return ranked[:count]


@dataclass(frozen=True)
class Explanation:
    """Why one row got its scores, by `version`; `unit` is that of the contributions."""

    version: int
    method: str
    unit: str
    calibration: str
    outputs: Tuple[Output, ...]

    def __iter__(self) -> Iterator[Output]:
        return iter(self.outputs)


@dataclass(frozen=True)
class Version:
    """A version that the engine has in memory.

    `role` is `champion`, `canary`, `shadow` and so on, None for one that is only kept warm or where the token may not see the status; shares are
    0 to 1. The counts are of requests and rows since the engine's start.
    """

    number: int
    role: Optional[str] = None
    share: Optional[float] = None
    observed_share: Optional[float] = None
    requests: Optional[int] = None
    rows: Optional[int] = None
    failures: Optional[int] = None

    @property
    def name(self) -> str:
        """`v3`."""
        return f"v{self.number}"


@dataclass(frozen=True)
class ModelState:
    """A deployment of the engine's index: whether it answers, and by which version."""

    name: str
    version: Optional[int]
    ready: bool
    reason: str


@dataclass(frozen=True)
class Health:
    """Whether the engine is up, and whether it answers; `reason` says why not."""

    live: bool
    ready: bool
    reason: str = ""


@dataclass(frozen=True)
class Receipt:
    """What a change did, and its row of the journal; None for one that found nothing to do."""

    summary: str
    deployment: Optional[str]
    version: Optional[int]
    journal_row: Optional[int]
    at: str
    swap_seconds: Optional[float]
    document: Mapping[str, Any] = field(repr=False, default_factory=dict)

"""What a deployment takes and gives, as `GET /v2/models/NAME` says."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

#: The words for missing of an engine that names none.
STANDARD_MISSING = ("NA", "N/A", "NaN", "null", "\\N", "#N/A", "<NA>")


@dataclass(frozen=True)
class NumberFormat:
    """How a column's texts write numbers: `$31,184.86`, `12 kg`, `(1,250)`."""

    unit: Optional[str] = None
    grouping: Optional[str] = None
    parentheses: bool = False


@dataclass(frozen=True)
class Feature:
    """One column that a model takes.

    `kind` is `numeric`, `integer`, `boolean`, `categorical` or `time`; `optional` says whether a request may leave it out.
    """

    name: str
    kind: str
    optional: bool = False
    format: Optional[NumberFormat] = None
    keeps_words: bool = False


@dataclass(frozen=True)
class Model:
    """What a deployment takes and gives.

    `task` is `binary`, `multiclass` or `regression`; `classes` are in the order of the scores, for two classes the negative one first.
    `versions` are those in memory, `champion` is the one that answers.
    """

    name: str
    task: str
    target: str
    features: Tuple[Feature, ...]
    classes: Tuple[str, ...]
    versions: Tuple[int, ...]
    champion: Optional[int]
    state: str
    zone: str
    missing_words: Tuple[str, ...]
    maximum_rows: int
    threshold: float
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Model":
        """Reads the metadata."""
        parameters: Dict[str, str] = dict(document.get("parameters", {}))
        champion = parameters.get("champion")
        return cls(
            name=document["name"], task=parameters.get("task", ""), target=parameters.get("target", ""),
            features=tuple(_feature(entry) for entry in document["inputs"]),
            classes=tuple(json.loads(parameters.get("classes", "[]"))),
            versions=tuple(sorted(int(version) for version in document.get("versions", []))),
            champion=None if champion is None else int(champion), state=parameters.get("state", ""), zone=parameters.get("zone", "UTC"),
            missing_words=tuple(json.loads(parameters["missing_words"])) if "missing_words" in parameters else STANDARD_MISSING,
            maximum_rows=int(parameters.get("maximum_rows", 1_000)), threshold=float(parameters.get("threshold", 0.5)),
            parameters=parameters)

    @property
    def outputs(self) -> int:
        """Scores of a row: one, or one a class where there are several."""
        return len(self.classes) if self.task == "multiclass" else 1

    def label(self, scores: List[float], threshold: Optional[float] = None) -> Optional[str]:
        """The class that a row's scores speak for; None for a number. An answer names its own threshold, which may be newer than the model's."""
        if self.task == "binary":
            return self.classes[1 if scores[0] >= (self.threshold if threshold is None else threshold) else 0]
        if self.task == "multiclass":
            return self.classes[max(range(len(scores)), key=scores.__getitem__)]
        return None


def _feature(entry: Mapping[str, Any]) -> Feature:
    parameters = entry.get("parameters", {})
    written = parameters.get("number_format")
    number_format = None
    if written:
        found = json.loads(written)
        number_format = NumberFormat(found.get("unit"), found.get("grouping"), bool(found.get("parentheses", False)))
    datatype = str(entry.get("datatype", ""))
    kind = parameters.get("kind") or {"BYTES": "categorical", "BOOL": "boolean", "INT64": "integer"}.get(datatype, "numeric")
    return Feature(
        entry["name"], kind, str(parameters.get("optional", False)).lower() == "true", number_format,
        str(parameters.get("keeps_words", "false")).lower() == "true")

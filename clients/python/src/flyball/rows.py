"""Rows as people have them, as columns."""
from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Dict, List, Optional, Sequence

from .errors import CellError
from .model import Model


class Columns:
    """Columns of equal length, by name; `index` is a data frame's own."""

    def __init__(self, columns: Dict[str, Any], count: int, index: Any = None) -> None:
        self.columns = columns
        self.count = count
        self.index = index

    def chosen(self, model: Model) -> Dict[str, Any]:
        """The columns that the model takes, in its order. Others are passed over: an id, the target.

        Raises `CellError` for a column that is wanted and not there, and for one that is nearly called like an optional one.
        """
        wanted = [feature.name for feature in model.features]
        strangers = [name for name in self.columns if name not in set(wanted) and name != model.target]
        absent = [feature for feature in model.features if feature.name not in self.columns]
        for feature in absent:
            near = difflib.get_close_matches(feature.name, strangers, 1, 0.8)
            if near or not feature.optional:
                meant = f": is it {near[0]!r}?" if near else ": give it None where it is not known"
                others = [other.name for other in absent if other is not feature and not other.optional]
                also = f" (nor {', '.join(map(repr, others[:8]))})" if others else ""
                raise CellError(f"not among the columns{also}{meant}", feature.name)
        return {name: self.columns[name] for name in wanted if name in self.columns}


def read(rows: Any) -> Columns:
    """Takes a data frame, a list of dicts, a dict of columns, or one dict."""
    if hasattr(rows, "columns") and hasattr(rows, "dtypes"):
        return _frame(rows)
    if isinstance(rows, Mapping):
        return _mapping(rows)
    if isinstance(rows, (str, bytes)) or not isinstance(rows, Iterable):
        raise CellError(f"{type(rows).__name__}: rows are a data frame, a list of dicts, a dict of columns, or one dict")
    return _records(list(rows))


def _frame(rows: Any) -> Columns:
    names = list(rows.columns)
    for place, name in enumerate(names):
        if not isinstance(name, str):
            raise CellError(f"the data frame's column {name!r} has no text for a name: name it as the model's column")
        if name in names[:place]:
            raise CellError("the data frame has it twice: rename one", name)
    return Columns({name: rows[name] for name in names}, len(rows), rows.index)


def _mapping(rows: Mapping) -> Columns:
    lengths = {name: _length(values) for name, values in rows.items()}
    if all(length is None for length in lengths.values()):
        return Columns({name: [value] for name, value in rows.items()}, 1)
    if None in lengths.values():
        single = next(name for name, length in lengths.items() if length is None)
        raise CellError("one value beside columns of several: give one dict a row, or a list for each column", single)
    if len(set(lengths.values())) > 1:
        raise CellError("columns of different lengths: " + ", ".join(f"{name} {length}" for name, length in lengths.items()))
    return Columns(dict(rows), next(iter(lengths.values())) or 0)


def _length(values: Any) -> Optional[int]:
    """How many there are; None for one value."""
    if isinstance(values, (str, bytes)) or getattr(values, "shape", None) == () or not hasattr(values, "__len__"):
        return None
    return len(values)


def _records(rows: List[Any]) -> Columns:
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise CellError(f"{type(row).__name__}: a dict of the row's values is wanted", row=place)
    names: Dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    columns: Dict[str, List[Any]] = {}
    for name in names:
        without = next((place for place, row in enumerate(rows) if name not in row), None)
        if without is not None:
            raise CellError("the row is without it, others have it: give it None where it is not known", name, without)
        columns[name] = [row[name] for row in rows]
    return Columns(columns, len(rows))


def part(values: Any, start: int, end: int) -> Sequence[Any]:
    """Some of a column's values, by place."""
    return values.iloc[start:end] if hasattr(values, "iloc") else values[start:end]

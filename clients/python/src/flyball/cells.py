"""What a Python value means to a column: by the rules of docs/cells.md, which hold for files and requests alike.

Nothing is guessed: a value that could mean two things is a `CellError` with the column, the row and what to do.
"""
from __future__ import annotations

import datetime
import decimal
import math
import re
import sys
import unicodedata
from array import array
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .errors import CellError
from .model import Feature, Model, NumberFormat

#: The largest whole number up to which every one is a double.
LARGEST_EXACT = 2**53

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_CURRENCY_CODES = frozenset(
    "AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS INR JPY KRW MXN NOK NZD PLN RUB SEK SGD THB TRY USD ZAR".split())
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " ")


def is_missing(value: Any) -> bool:
    """Whether a value is Python's, NumPy's or pandas' way of saying that there is none."""
    if value is None:
        return True
    if type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return False


def plain(value: Any) -> Any:
    """A NumPy scalar as Python's own type; a NumPy time as text, since its nanoseconds are no `datetime`; None for no value."""
    if is_missing(value):
        return None
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if kind == "M":
        return str(value)
    if kind is not None and getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()
    return value


# What one column's cells are: each gives what is sent, None for no value, or raises ValueError with what is wrong and what to do.


def number(value: Any, feature: Feature, words: Sequence[str]) -> Optional[float]:
    """A number; a text is read as a file's cell would be."""
    value = plain(value)
    if value is None:
        return None
    if isinstance(value, bool):
        raise ValueError(f"{value} in a column of numbers: write 1 or 0")
    if isinstance(value, str):
        return _written_number(value, feature, words)
    if isinstance(value, int):
        if abs(value) > LARGEST_EXACT:
            raise ValueError(f"{value}: beyond 2**53 a number cannot tell it from its neighbours: send a float if it is a quantity")
        return float(value)
    if isinstance(value, (float, decimal.Decimal)):
        found = float(value)
        if math.isinf(found):
            raise ValueError("infinite: send a number, or None for an unknown one")
        return found
    raise ValueError(f"{_shown(value)} in a column of numbers")


def truth(value: Any, feature: Feature, words: Sequence[str]) -> Optional[float]:
    """1 for true, 0 for false."""
    value = plain(value)
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip(" \t")
        if not text or _is_word(text, feature, words):
            return None
        found = _WORDS.get(text.lower())
        if found is None and _NUMBER.fullmatch(text) and float(text) in (0, 1):
            return float(text)
        if found is None:
            raise ValueError(f"{_shown(value)}: True or False is wanted")
        return float(found)
    if isinstance(value, (bool, int, float, decimal.Decimal)) and value in (0, 1):
        return float(value)
    raise ValueError(f"{_shown(value)}: True or False is wanted")


def name(value: Any, feature: Feature, words: Sequence[str]) -> Optional[str]:
    """A category: a text, the digits of a whole number, or `True` and `False`."""
    value = plain(value)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int)):
        return str(value)
    if isinstance(value, (float, decimal.Decimal)):
        raise ValueError(
            f"{value} in a column of names, which are told apart by their letters, '3' and '3.0' being two: "
            "send texts or whole numbers (pandas: astype('Int64') keeps whole numbers beside missing ones)")
    raise ValueError(f"{_shown(value)} in a column of names: send it as text")


def time(value: Any, feature: Feature, words: Sequence[str]) -> Optional[str]:
    """A time: as it is with an offset, else in the deployment's zone; a whole number is Unix time, its unit told by its size."""
    value = plain(value)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime):
        if value.utcoffset() is not None:
            return value.astimezone(datetime.timezone.utc).isoformat()
        return value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{_shown(value)}: a time is wanted: a datetime, a text like 2024-03-01T10:00:00Z, or Unix seconds or milliseconds")


_READERS: Dict[str, Callable[[Any, Feature, Sequence[str]], Any]] = {
    "numeric": number, "integer": number, "boolean": truth, "categorical": name, "time": time}


def tensor(feature: Feature, values: Sequence[Any], model: Model, first: int = 0) -> Tuple[Dict[str, Any], bytes]:
    """A column as a tensor of the Open Inference Protocol: its JSON, and the bytes that stand behind the JSON.

    Numbers go as doubles, NaN for a missing one; names and times as texts, null for a missing one. `first` is the row of `values[0]` in the call.
    """
    header: Dict[str, Any] = {"name": feature.name, "shape": [len(values)]}
    if feature.kind in ("categorical", "time"):
        return {**header, "datatype": "BYTES", "data": _cells(feature, values, model, first)}, b""
    content = _doubles(feature, values)
    if content is None:
        found = _cells(feature, values, model, first)
        content = _little_endian(array("d", [math.nan if value is None else value for value in found]))
    return {**header, "datatype": "FP64", "parameters": {"binary_data_size": len(content)}}, content


def _cells(feature: Feature, values: Sequence[Any], model: Model, first: int) -> List[Any]:
    reader = _READERS.get(feature.kind)
    if reader is None:
        raise CellError(f"columns of the kind {feature.kind!r} are not known to this client: update it", feature.name)
    found = []
    row = first
    for value in values:
        try:
            found.append(reader(value, feature, model.missing_words))
        except ValueError as error:
            raise CellError(str(error), feature.name, row) from None
        row += 1
    return found


def _doubles(feature: Feature, values: Any) -> Optional[bytes]:
    """A NumPy array, or a pandas column that holds one, without a Python object a cell; None for any other."""
    dtype = getattr(values, "dtype", None)
    kind = getattr(dtype, "kind", None)
    if not type(dtype).__module__.startswith("numpy") or kind not in ("f", "i", "u"):
        return None
    numbers = values.to_numpy() if hasattr(values, "to_numpy") else values
    if kind != "f" and len(numbers) and max(abs(int(numbers.min())), abs(int(numbers.max()))) > LARGEST_EXACT:
        return None
    if feature.kind == "boolean" and not bool(((numbers == 0) | (numbers == 1) | (numbers != numbers)).all()):
        return None
    # Infinite ones are told by row.
    if kind == "f" and bool(((numbers == math.inf) | (numbers == -math.inf)).any()):
        return None
    return numbers.astype("<f8").tobytes()


def _little_endian(numbers: "array[float]") -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def doubles(content: bytes) -> List[float]:
    """Little-endian doubles, as answers bring them."""
    numbers = array("d")
    numbers.frombytes(content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


# Texts that hold numbers.


def _is_word(text: str, feature: Feature, words: Sequence[str]) -> bool:
    return not feature.keeps_words and any(text.lower() == word.strip(" \t").lower() for word in words)


def _written_number(value: str, feature: Feature, words: Sequence[str]) -> Optional[float]:
    text = value.strip(" \t")
    if not text or _is_word(text, feature, words):
        return None
    found = _decorated(text, feature.format or NumberFormat())
    if found is None or math.isinf(found):
        raise ValueError(f"{_shown(value)}: a number is wanted")
    if feature.kind == "integer" and abs(found) >= LARGEST_EXACT and text.lstrip("+-").isdigit() and abs(int(text)) > LARGEST_EXACT:
        raise ValueError(f"{_shown(value)}: beyond 2**53 whole numbers cannot be told apart as numbers")
    return found


def _decorated(text: str, written: NumberFormat) -> Optional[float]:
    """The number of a text in a column's way of writing; None for any other."""
    takes_plain = written.unit is None or _is_currency(written.unit)
    text = text.replace("\u2212", "-").replace("\u2019", "'").translate(_BLANKS)
    if _NUMBER.fullmatch(text):
        return float(text) if takes_plain else None
    is_negative = False
    if written.parentheses and text.startswith("(") and text.endswith(")"):
        is_negative, text = True, text[1:-1].strip(" ")
    if text[:1] in ("-", "+"):
        if is_negative:
            return None
        is_negative, text = text[0] == "-", text[1:].strip(" ")
    if written.unit is not None:
        bare = text
        if _is_currency(written.unit) and text.startswith(written.unit):
            bare = text[len(written.unit):]
        elif text.endswith(written.unit):
            bare = text[: -len(written.unit)]
        if bare == text and not takes_plain:
            return None
        text = bare.strip(" ")
        if text[:1] == "-" and not is_negative:
            is_negative, text = True, text[1:].strip(" ")
    if written.grouping is not None:
        separator = re.escape(" " if written.grouping in "\u00a0\u202f\u2009 " else written.grouping)
        if re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{separator}[0-9]{{3}})+(?:\.[0-9]*)?", text, re.ASCII):
            text = re.sub(separator, "", text)
    if not re.fullmatch(r"[0-9]+\.?[0-9]*|\.[0-9]+", text, re.ASCII):
        return None
    return -float(text) if is_negative else float(text)


def _is_currency(unit: str) -> bool:
    return unit in _CURRENCY_CODES or any(unicodedata.category(letter) == "Sc" for letter in unit)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

"""What a Python value means to a column."""
import datetime
import decimal
import math
import unittest

from flyball import CellError, cells, rows
from flyball.model import Feature, Model, NumberFormat

try:
    import numpy
    import pandas
except ImportError:
    numpy = pandas = None

WORDS = ("NA", "null")


def model(*features):
    return Model("m", "binary", "y", tuple(features), ("no", "yes"), (1,), 1, "live", "UTC", WORDS, 100, 0.5, {})


def cell(kind, value, **more):
    """What is sent for one cell."""
    feature = Feature("c", kind, **more)
    header, content = cells.tensor(feature, [value], model(feature), 7)
    if header["datatype"] == "BYTES":
        return header["data"][0]
    found = cells.doubles(content)[0]
    return None if math.isnan(found) else found


class Cells(unittest.TestCase):
    def refused(self, kind, value, words, **more):
        with self.assertRaises(CellError) as caught:
            cell(kind, value, **more)
        self.assertEqual((caught.exception.column, caught.exception.row), ("c", 7))
        self.assertIn(words, str(caught.exception))

    def test_missing_values_are_missing_in_every_kind_of_column(self):
        values = [None, float("nan"), decimal.Decimal("nan")]
        values += [pandas.NA, pandas.NaT, numpy.float32("nan"), numpy.datetime64("NaT")] if pandas else []
        for kind in ("numeric", "integer", "boolean", "categorical", "time"):
            for value in values:
                self.assertIsNone(cell(kind, value), (kind, value))

    def test_numbers_are_numbers_and_texts_are_read_as_a_files_cells(self):
        for value, wanted in ((3, 3.0), (2.5, 2.5), (decimal.Decimal("0.1"), 0.1), (" 12 ", 12.0), ("1e3", 1000.0), ("NA", None), ("", None)):
            self.assertEqual(cell("numeric", value), wanted, value)
        self.refused("numeric", True, "write 1 or 0")
        self.refused("numeric", math.inf, "infinite")
        self.refused("numeric", "3,14", "a number is wanted")
        self.refused("numeric", 2**53 + 1, "beyond 2**53")
        self.refused("integer", "9007199254740993", "cannot be told apart")
        self.refused("numeric", [1], "in a column of numbers")

    def test_a_columns_way_of_writing_numbers_holds(self):
        money = NumberFormat("$", ",", True)
        for value, wanted in (("$31,184.86", 31184.86), ("(1,250)", -1250.0), ("-$5", -5.0), ("$-5", -5.0), ("7", 7.0), ("\u22125", -5.0)):
            self.assertEqual(cell("numeric", value, format=money), wanted, value)
        kilograms = NumberFormat("kg", None, False)
        self.assertEqual(cell("numeric", "12 kg", format=kilograms), 12.0)
        # A number without its unit may be grams, in a text; as a number it is one.
        self.refused("numeric", "12", "a number is wanted", format=kilograms)
        self.assertEqual(cell("numeric", 12, format=kilograms), 12.0)
        self.refused("numeric", "800 g", "a number is wanted", format=kilograms)
        self.refused("numeric", "1,25", "a number is wanted", format=money)

    def test_truths(self):
        for value, wanted in ((True, 1.0), (0, 0.0), ("Yes", 1.0), (" no ", 0.0), ("1", 1.0), ("NA", None)):
            self.assertEqual(cell("boolean", value), wanted, value)
        self.refused("boolean", 2, "True or False")
        self.refused("boolean", "maybe", "True or False")

    def test_names_keep_their_letters(self):
        for value, wanted in (("0100", "0100"), (100, "100"), (True, "True"), (2**60, str(2**60)), (" AA ", " AA ")):
            self.assertEqual(cell("categorical", value), wanted)
        self.refused("categorical", 3.0, "astype('Int64')")
        self.refused("categorical", datetime.date(2024, 1, 1), "send it as text")

    def test_times(self):
        zone = datetime.timezone(datetime.timedelta(hours=2))
        for value, wanted in (
            (datetime.datetime(2024, 3, 1, 10, 30), "2024-03-01T10:30:00"),
            (datetime.datetime(2024, 3, 1, 10, 30, tzinfo=zone), "2024-03-01T08:30:00+00:00"),
            (datetime.date(2024, 3, 1), "2024-03-01"), (1698539400, "1698539400"), (1698539400.0, "1698539400"), ("2024-03-01", "2024-03-01"),
        ):
            self.assertEqual(cell("time", value), wanted)
        self.refused("time", 1.5, "a time is wanted")
        self.refused("time", True, "a time is wanted")

    @unittest.skipUnless(pandas, "without pandas")
    def test_numpy_and_pandas_values(self):
        for value, wanted in ((numpy.int8(3), 3.0), (numpy.float32(0.5), 0.5), (numpy.bool_(True), "refused")):
            if wanted == "refused":
                self.refused("numeric", value, "write 1 or 0")
            else:
                self.assertEqual(cell("numeric", value), wanted)
        self.assertEqual(cell("categorical", numpy.int64(7)), "7")
        self.assertEqual(cell("categorical", numpy.str_("x")), "x")
        self.assertEqual(cell("boolean", numpy.bool_(True)), 1.0)
        self.assertEqual(cell("time", pandas.Timestamp("2024-03-01 10:30", tz="Europe/Berlin")), "2024-03-01T09:30:00+00:00")
        self.assertEqual(cell("time", numpy.datetime64("2024-03-01T10:30:00.123456789")), "2024-03-01T10:30:00.123456789")

    @unittest.skipUnless(pandas, "without pandas")
    def test_every_pandas_dtype_comes_to_the_same(self):
        feature = Feature("c", "integer")
        wanted = cells.tensor(feature, [1, None, 3], model(feature))
        for dtype in ("float64", "float32", "Int64", "Int8", "UInt16", "Float32", "object"):
            series = pandas.Series([1, None, 3], dtype=dtype)
            self.assertEqual(cells.tensor(feature, series, model(feature)), wanted, dtype)
        names = Feature("c", "categorical")
        wanted = cells.tensor(names, ["a", None, "b"], model(names))
        for dtype in ("object", "string", "category"):
            series = pandas.Series(["a", None, "b"], dtype=dtype)
            self.assertEqual(cells.tensor(names, series, model(names)), wanted, dtype)
        flags = Feature("c", "boolean")
        wanted = cells.tensor(flags, [True, None, False], model(flags))
        for dtype in ("boolean", "object", "float64"):
            self.assertEqual(cells.tensor(flags, pandas.Series([True, None, False], dtype=dtype), model(flags)), wanted, dtype)

    @unittest.skipUnless(pandas, "without pandas")
    def test_quick_columns_refuse_what_slow_ones_refuse(self):
        for kind, values, words in (
            ("numeric", numpy.array([1.0, math.inf]), "infinite"), ("integer", numpy.array([1, 2**53 + 1]), "beyond 2**53"),
            ("integer", numpy.array([-(2**63)]), "beyond 2**53"), ("boolean", numpy.array([0, 2]), "True or False"),
            ("boolean", numpy.array([0.0, math.nan, 0.5]), "True or False"),
        ):
            feature = Feature("c", kind)
            with self.assertRaises(CellError) as caught:
                cells.tensor(feature, pandas.Series(values), model(feature), 10)
            self.assertIn(words, str(caught.exception))
            self.assertEqual(caught.exception.row, 10 + len(values) - 1)


class Rows(unittest.TestCase):
    def test_one_dict_dicts_and_columns_are_the_same_rows(self):
        several = [rows.read([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]), rows.read({"a": [1, 2], "b": ("x", "y")})]
        several += [rows.read(pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}))] if pandas else []
        for found in several:
            self.assertEqual({name: list(values) for name, values in found.columns.items()}, {"a": [1, 2], "b": ["x", "y"]})
            self.assertEqual(found.count, 2)
        self.assertEqual(rows.read({"a": 1, "b": "x"}).columns, {"a": [1], "b": ["x"]})
        self.assertEqual(rows.read(iter([])).count, 0)

    def test_rows_that_are_none_are_refused(self):
        for wrong, words in (
            ("text", "rows are"), (3, "rows are"), ([1], "a dict of the row's values"), ({"a": [1], "b": [1, 2]}, "different lengths"),
            ({"a": [1, 2], "b": "x"}, "one value beside columns"), ([{"a": 1}, {"b": 1}], "the row is without it"),
        ):
            with self.assertRaises(CellError) as caught:
                rows.read(wrong)
            self.assertIn(words, str(caught.exception))

    @unittest.skipUnless(pandas, "without pandas")
    def test_a_frame_with_a_column_twice_or_without_a_name_is_refused(self):
        for names in (["a", "a"], ["a", 0]):
            with self.assertRaises(CellError):
                rows.read(pandas.DataFrame([[1, 2]], columns=names))

    def test_columns_are_chosen_by_name_and_a_missing_one_is_said(self):
        known = model(Feature("size", "numeric"), Feature("colour", "categorical", optional=True))
        self.assertEqual(list(rows.read({"y": "no", "id": 7, "colour": "red", "size": 1}).chosen(known)), ["size", "colour"])
        self.assertEqual(list(rows.read({"size": 1}).chosen(known)), ["size"])
        with self.assertRaisesRegex(CellError, "'size'.*not among the columns"):
            rows.read({"colour": "red"}).chosen(known)
        # What may be left out is not left out by a slip of the pen.
        with self.assertRaisesRegex(CellError, "is it 'color'"):
            rows.read({"size": 1, "color": "red"}).chosen(known)


if __name__ == "__main__":
    unittest.main()

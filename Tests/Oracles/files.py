"""Tables as PyArrow writes them: Parquet and Arrow IPC files beside the CSV of the same table, for Tests/TabularTests/Golden.

Each file has the rows of the table.csv beside it; its name says how it is written. PyArrow makes both, never Flyball; SQLite's
own library makes database.db.
"""

import datetime
import decimal
import pathlib
import sqlite3

import numpy
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet as pq

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "TabularTests" / "Golden"
ROWS = 60


def gaps(values, every=7):
    return [None if index % every == 3 else value for index, value in enumerate(values)]


def numbers():
    """Whole and real numbers of every width, with their extremes."""
    fields = []
    for bits in (8, 16, 32, 64):
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        fields.append((f"int{bits}", pa.array(gaps([low, high] + [(i * 37) % 100 - 50 for i in range(ROWS - 2)]), f"int{bits}")))
        fields.append((f"uint{bits}", pa.array(gaps([0, 2**bits - 1] + [(i * 41) % 200 for i in range(ROWS - 2)]), f"uint{bits}")))
    reals = [0.1, -2.5, 1e-30, 3.25e20, 1 / 3] + [i * 0.37 for i in range(ROWS - 5)]
    fields.append(("half", pa.array(gaps([numpy.float16(i * 0.25 - 7) for i in range(ROWS)]), pa.float16())))
    fields.append(("float", pa.array(gaps(reals), pa.float32())))
    fields.append(("double", pa.array(gaps([1e300, 5e-324] + reals[:-2]), pa.float64())))
    fields.append(("flag", pa.array(gaps([i % 3 == 0 for i in range(ROWS)]), pa.bool_())))
    fields.append(("whole", pa.array(range(ROWS), pa.int64())))
    return pa.table(dict(fields))


def exact():
    """Decimals, dates and times in every unit, with and without a zone."""
    instants = [datetime.datetime(2023, 10, 29, 2, 30) + datetime.timedelta(hours=i * 7, microseconds=i * 1001) for i in range(ROWS)]
    fields = []
    for name, type in (("d9", pa.decimal128(9, 2)), ("d18", pa.decimal128(18, 6)), ("d38", pa.decimal128(38, 10)), ("d76", pa.decimal256(76, 20))):
        fields.append((name, pa.array(gaps([decimal.Decimal(i * i * 7919 - 50000) / 100 for i in range(ROWS)]), type)))
    fields.append(("date32", pa.array(gaps([t.date() for t in instants]), pa.date32())))
    fields.append(("date64", pa.array(gaps([t.date() for t in instants]), pa.date64())))
    fields.append(("t32s", pa.array(gaps([t.time().replace(microsecond=0) for t in instants]), pa.time32("s"))))
    fields.append(("t32ms", pa.array(gaps([i * 61001 for i in range(ROWS)]), pa.time32("ms"))))
    fields.append(("t64us", pa.array(gaps([t.time() for t in instants]), pa.time64("us"))))
    fields.append(("t64ns", pa.array(gaps([i * 61001000001 for i in range(ROWS)]), pa.time64("ns"))))
    for unit in ("s", "ms", "us", "ns"):
        size = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
        counts = [int((t - datetime.datetime(1970, 1, 1)).total_seconds()) * size + (i % size) - (10**9 * size if i == 5 else 0) for i, t in enumerate(instants)]
        fields.append((f"naive_{unit}", pa.array(gaps(counts), pa.timestamp(unit))))
        fields.append((f"zoned_{unit}", pa.array(gaps(counts, 11), pa.timestamp(unit, "Europe/Berlin"))))
    return pa.table(dict(fields))


def texts():
    """Texts with whatever CSV must put in quotes, bytes, and dictionaries."""
    words = ["AA", 'say "x"', "a,b", " blank ", "", "line\nend", "é😀", "NA", "0100", "1,234.5", "true", "2023-01-01"]
    fields = [
        ("text", pa.array(gaps([words[i % len(words)] for i in range(ROWS)]), pa.string())),
        ("large", pa.array(gaps([f"row {i} of many" for i in range(ROWS)], 5), pa.large_string())),
        ("bytes", pa.array(gaps([words[(i * 5) % len(words)].encode() for i in range(ROWS)]), pa.binary())),
        ("fixed", pa.array(gaps([f"{i:04d}".encode() for i in range(ROWS)]), pa.binary(4))),
        ("kind", pa.array(gaps([words[i % 4] for i in range(ROWS)])).dictionary_encode()),
        ("grade", pa.array(gaps([i % 5 * 10 for i in range(ROWS)]), pa.int32()).dictionary_encode()),
        ("nothing", pa.nulls(ROWS)),
        ("prefix", pa.array([f"customer-{1000 + i * i}" for i in range(ROWS)], pa.string())),
    ]
    return pa.table(dict(fields))


def write_csv(table, path):
    """CSV by PyArrow; what its writer has no text for is cast first, without a change of meaning."""
    columns = []
    for column in table.columns:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_float16(column.type):
            column = column.cast(pa.float32())
        if pa.types.is_null(column.type):
            column = column.cast(pa.string())
        if pa.types.is_binary(column.type) or pa.types.is_fixed_size_binary(column.type):
            column = pa.chunked_array([pa.array([None if v is None else v.decode() for v in column.to_pylist()], pa.string())])
        if pa.types.is_timestamp(column.type) and column.type.tz:
            column = column.cast(pa.timestamp(column.type.unit, "UTC"))
        columns.append(column)
    pyarrow.csv.write_csv(pa.table(columns, names=table.column_names), path)


def write_parquet(name, table):
    def write(suffix, **options):
        pq.write_table(table, GOLDEN / name / f"{suffix}.parquet", **options)

    write("plain-none", use_dictionary=False, compression="none", data_page_version="1.0", row_group_size=25)
    write("dictionary-snappy", compression="snappy", row_group_size=40, data_page_size=64)
    write("v2-zstd", use_dictionary=False, compression="zstd", data_page_version="2.0")
    write("gzip", compression="gzip", data_page_version="2.0", data_page_size=100)
    write("lz4", compression="lz4", store_schema=False)
    if name == "numbers":
        for encoding, types in {
            "DELTA_BINARY_PACKED": ["int32", "int64", "uint32", "uint64", "int8", "whole"],
            "BYTE_STREAM_SPLIT": ["float", "double", "int32", "int64", "half"],
            "RLE": ["flag"],
        }.items():
            write(encoding.lower().replace("_", "-"), use_dictionary=False, compression="snappy", column_encoding={c: encoding for c in types},
                  data_page_version="2.0" if encoding == "RLE" else "1.0")
    if name == "texts":
        for encoding, types in {
            "DELTA_LENGTH_BYTE_ARRAY": ["text", "large", "bytes", "prefix"],
            "DELTA_BYTE_ARRAY": ["text", "large", "bytes", "fixed", "prefix"],
        }.items():
            write(encoding.lower().replace("_", "-"), use_dictionary=False, compression="none", column_encoding={c: encoding for c in types})
    if name == "exact":
        write("int96", use_deprecated_int96_timestamps=True, compression="none", use_dictionary=False)
        write("small-decimals", store_decimal_as_integer=True, compression="snappy")


def write_arrow(name, table):
    batches = table.to_batches(max_chunksize=25)
    for compression in (None, "lz4", "zstd"):
        options = pa.ipc.IpcWriteOptions(compression=compression)
        suffix = compression or "none"
        with pa.ipc.new_file(GOLDEN / name / f"file-{suffix}.arrow", table.schema, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)
        with pa.ipc.new_stream(GOLDEN / name / f"stream-{suffix}.arrow", table.schema, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)
    if name == "texts":
        views = table.set_column(0, "text", table["text"].cast(pa.string_view())).set_column(1, "large", table["large"].cast(pa.string_view()))
        with pa.ipc.new_file(GOLDEN / name / "file-views.arrow", views.schema) as writer:
            writer.write_table(views)
    pyarrow.feather.write_feather(table, GOLDEN / name / "feather.arrow", compression="lz4", chunksize=20)


def refused():
    """Tables that are none of ours."""
    (GOLDEN / "refused").mkdir(exist_ok=True)
    lists = pa.table({"a": [1, 2], "tags": [[1], [2, 3]]})
    groups = pa.table({"a": [1, 2], "place": [{"x": 1}, {"x": 2}]})
    maps = pa.table({"a": [1], "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32()))})
    for name, table in {"lists": lists, "groups": groups, "maps": maps}.items():
        pq.write_table(table, GOLDEN / "refused" / f"{name}.parquet")
        with pa.ipc.new_file(GOLDEN / "refused" / f"{name}.arrow", table.schema) as writer:
            writer.write_table(table)
    pq.write_table(pa.table({"a": [1]}), GOLDEN / "refused" / "brotli.parquet", compression="brotli")


def database():
    """A small database, from which broken ones are bred."""
    path = GOLDEN / "database.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA page_size = 512; CREATE TABLE t(x INTEGER, y REAL, z TEXT);")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, i / 4, f"text {i}") for i in range(40)])
    connection.commit()
    connection.close()


def main():
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, table in {"numbers": numbers(), "exact": exact(), "texts": texts()}.items():
        (GOLDEN / name).mkdir(exist_ok=True)
        write_csv(table, GOLDEN / name / "table.csv")
        write_parquet(name, table)
        write_arrow(name, table)
    refused()
    database()
    print(f"{GOLDEN}: PyArrow {pa.__version__}, {sum(f.stat().st_size for f in GOLDEN.rglob('*.*'))} bytes")


if __name__ == "__main__":
    main()

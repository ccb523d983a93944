"""Answers cases by ONNX Runtime, and writes cases of the onnx package.

    onnx_answers.py answer DIRECTORY        each folder's model.onnx and inputs.json -> answers.json
    onnx_answers.py time DIRECTORY          the same, timed on one thread: {"row": ns of one row, median, "batch": ns of all rows, least} -> times.json
    onnx_answers.py cases DIRECTORY OP...   the package's node tests that use only these operators -> folders with answers.json

Elements are texts, so that no number is lost on the way. Needs onnx==1.23.2 onnxruntime==1.32.0 numpy.
"""

import json
import pathlib
import sys

import numpy as np

NAMES = {"float32": "float", "float64": "double", "int64": "int64", "int32": "int32", "bool": "bool", "object": "string", "str": "string"}
TYPES = {"float": np.float32, "double": np.float64, "int64": np.int64, "int32": np.int32, "bool": np.bool_, "string": object}


def read(tensor):
    kind = tensor["type"]
    values = tensor["values"]
    if kind == "bool":
        values = [v == "True" for v in values]
    elif kind.startswith("int"):
        values = [int(v) for v in values]
    elif kind != "string":
        values = [float(v) for v in values]
    return np.array(values, dtype=TYPES[kind]).reshape(tensor["shape"])


def write(name, value):
    """A tensor as JSON; a sequence of maps as the tensor of its values; None for what is neither."""
    if isinstance(value, list):
        if not value or not isinstance(value[0], dict):
            return None
        value = np.array([list(line.values()) for line in value], dtype=np.float32)
    value = np.asarray(value)
    kind = "string" if value.dtype.kind in "OUS" else NAMES.get(str(value.dtype))
    if kind is None:
        return None
    texts = [repr(float(v)) if value.dtype.kind == "f" else str(v) for v in value.reshape(-1)]
    return {"name": name, "type": kind, "shape": list(value.shape), "values": texts}


def answer(directory):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    for folder in sorted(p for p in directory.iterdir() if (p / "inputs.json").exists()):
        inputs = json.loads((folder / "inputs.json").read_text())
        try:
            session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
            values = session.run(None, {t["name"]: read(t) for t in inputs})
            outputs = [write(o.name, v) for o, v in zip(session.get_outputs(), values)]
            result = {"outputs": outputs, "error": ""}
        except Exception as error:
            result = {"outputs": [], "error": str(error)[:500]}
        (folder / "answers.json").write_text(json.dumps(result))


def times(directory):
    import time

    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    for folder in sorted(p for p in directory.iterdir() if (p / "inputs.json").exists()):
        session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        rows = {t["name"]: read(t) for t in json.loads((folder / "inputs.json").read_text())}
        one = {name: value[:1] for name, value in rows.items()}

        def measure(given, count):
            result = []
            for _ in range(count):
                start = time.perf_counter_ns()
                session.run(None, given)
                result.append(time.perf_counter_ns() - start)
            return sorted(result)

        measure(one, 20)
        result = {"row": measure(one, 1000)[500], "batch": measure(rows, 7)[0]}
        (folder / "times.json").write_text(json.dumps(result))


def cases(directory, operators):
    from onnx.backend.test.case.node import collect_testcases

    wanted = set(operators)
    count = 0
    for case in collect_testcases(None):
        if case.model is None or not {n.op_type for n in case.model.graph.node} <= wanted or not case.data_sets:
            continue
        given, expected = case.data_sets[0]
        inputs = [write(i.name, v) for i, v in zip(case.model.graph.input, given)]
        outputs = [write(o.name, v) for o, v in zip(case.model.graph.output, expected)]
        if None in inputs or None in outputs or len(inputs) != len(given):
            continue
        folder = directory / case.name
        folder.mkdir()
        (folder / "model.onnx").write_bytes(case.model.SerializeToString())
        (folder / "inputs.json").write_text(json.dumps(inputs))
        (folder / "answers.json").write_text(json.dumps({"outputs": outputs, "error": ""}))
        count += 1
    print(count)


if sys.argv[1] == "answer":
    answer(pathlib.Path(sys.argv[2]))
elif sys.argv[1] == "time":
    times(pathlib.Path(sys.argv[2]))
else:
    cases(pathlib.Path(sys.argv[2]), sys.argv[3:])

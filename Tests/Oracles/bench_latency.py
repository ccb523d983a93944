"""Times one row at a time through 100 trees of 31 leaves: LightGBM's fast call from C, ONNX Runtime on the same model, beside Flyball's own figures.

    bench_latency.py COMMAND...     COMMAND prints the JSON of the benchmark's figures; it runs before and after the peers

All train on the first 50,000 rows of DenseTable.swift and answer the 20,000 rows behind them, each once and timed by itself, on one thread. LightGBM is
called from C, since a call from Python takes longer than the answer; ONNX Runtime as its users call it, from Python, and its figure says so.
"""
import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import lightgbm
import numpy as np
import onnxmltools
import onnxruntime
from onnxmltools.convert.common.data_types import FloatTensorType

from bench_learning import LEAVES, RATE, TREES, WIDTH, table

ROWS, ASKED = 50_000, 20_000

LOOP = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
typedef void *BoosterHandle; typedef void *FastConfigHandle;
int LGBM_BoosterCreateFromModelfile(const char *, int *, BoosterHandle *);
int LGBM_BoosterPredictForMatSingleRowFastInit(BoosterHandle, int, int, int, int, int32_t, const char *, FastConfigHandle *);
int LGBM_BoosterPredictForMatSingleRowFast(FastConfigHandle, const void *, int64_t *, double *);
static uint64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec; }
int loop(const char *model, const double *rows, int count, int width, uint64_t *times, double *scores) {
    BoosterHandle booster; FastConfigHandle fast; int iterations; int64_t length;
    if (LGBM_BoosterCreateFromModelfile(model, &iterations, &booster)) return 1;
    if (LGBM_BoosterPredictForMatSingleRowFastInit(booster, 0, 0, -1, 1, width, "num_threads=1", &fast)) return 2;
    for (int row = 0; row < count; row++) {
        uint64_t start = now();
        if (LGBM_BoosterPredictForMatSingleRowFast(fast, rows + (long)row * width, &length, scores + row)) return 3;
        times[row] = now() - start;
    }
    return 0;
}
"""


def fast_calls(booster, rows, directory):
    """Nanoseconds of each call of LightGBM's C interface, and the scores."""
    library = next(pathlib.Path(lightgbm.__file__).parent.rglob("lib_lightgbm.so"))
    source, built, model = directory / "loop.c", directory / "loop.so", directory / "model.txt"
    source.write_text(LOOP)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", built, source, library, f"-Wl,-rpath,{library.parent}"], check=True)
    booster.save_model(model)
    times, scores = np.zeros(len(rows), np.uint64), np.zeros(len(rows))
    rows = np.ascontiguousarray(rows, np.float64)
    pointer = lambda array: array.ctypes.data_as(ctypes.c_void_p)
    status = ctypes.CDLL(str(built)).loop(str(model).encode(), pointer(rows), len(rows), WIDTH, pointer(times), pointer(scores))
    assert status == 0, f"LightGBM's call failed at step {status}"
    return times, scores


def onnx_calls(booster, rows):
    """Nanoseconds of each call of ONNX Runtime from Python, and the scores."""
    model = onnxmltools.convert_lightgbm(booster, initial_types=[("rows", FloatTensorType([None, WIDTH]))], zipmap=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_outputs()[1].name
    times, scores = np.zeros(len(rows), np.uint64), np.zeros(len(rows))
    for index in range(len(rows)):
        row = {"rows": rows[index : index + 1]}
        start = time.perf_counter_ns()
        (found,) = session.run([name], row)
        times[index] = time.perf_counter_ns() - start
        scores[index] = found[0, 1]
    return times, scores


def ours(command):
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found = [figure["value"] for figure in figures if figure["name"].startswith("one row in process")]
    return found[0], found[1]


def main(command, runs=2):
    features, target = table(0, ROWS)
    rows = np.ascontiguousarray(table(ROWS, ASKED)[0])
    parameters = {"objective": "binary", "num_leaves": LEAVES, "learning_rate": RATE, "num_threads": 2, "verbose": -1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(features, target), num_boost_round=TREES)

    def note(name, median, last):
        print(f"{name:<38}median {median:6.2f} µs   99th percentile {last:6.2f} µs", flush=True)

    def note_times(name, times):
        note(name, np.median(times) / 1000, np.percentile(times, 99) / 1000)

    with tempfile.TemporaryDirectory() as directory:
        for _ in range(runs):
            if command:
                note("Flyball", *ours(command))
            times, wanted = fast_calls(booster, rows, pathlib.Path(directory))
            note_times(f"LightGBM {lightgbm.__version__}, fast call from C", times)
            times, scores = onnx_calls(booster, rows)
            assert np.abs(scores - wanted).max() < 1e-4, "the converted model answers otherwise"
            note_times(f"ONNX Runtime {onnxruntime.__version__}, from Python", times)


if __name__ == "__main__":
    main(sys.argv[1:])

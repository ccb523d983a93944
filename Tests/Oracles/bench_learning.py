"""Times LightGBM and XGBoost on the tables that LearningBenchmark makes, beside its own figures.

    bench_learning.py COMMAND...     COMMAND prints the JSON of the benchmark's figures; it runs before and after the peers

Each side starts from the same numbers in memory and its time includes its bins: single precision for the peers, who need no more, double for ours.
Ratios are of the best run of each side; the quality of each is the area on the same 250,000 rows. LightGBM builds its histograms by columns or by
rows; by itself it tries both before each training, so that it is timed told each way, and the better one counts. With gradients of four levels, which it
has as a setting (ours have about a thousand), it counts for itself, its area beside. Waiting threads of a peer spin, which is best on a quiet machine and
counts as processor time: OMP_WAIT_POLICY=passive ends it.
"""
import json
import subprocess
import sys
import time

import lightgbm
import numpy as np
import xgboost
from sklearn.metrics import roc_auc_score

WIDTH, WORDS, ROWS, HELD, THREADS, TREES, LEAVES, RATE = 28, 32, 1_000_000, 250_000, 2, 100, 31, 0.1


def table(first, count):
    """The rows of DenseTable.swift, bit for bit."""
    with np.errstate(over="ignore"):
        index = np.arange(first, first + count, dtype=np.uint64)[:, None] * np.uint64(WORDS) + np.arange(1, WIDTH + 2, dtype=np.uint64)
        bits = index * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
    mask = np.uint64((1 << 21) - 1)
    parts = (bits & mask) + (bits >> np.uint64(21) & mask) + (bits >> np.uint64(42) & mask)
    values = (parts.astype(np.int64) - 3_145_728) / 1_048_576
    x = values.T
    corners = np.maximum(x[0], x[1]) + 0.5 * np.minimum(x[2], x[3]) + np.where((x[4] > 0.25) & (x[5] < 0.5), 0.75, -0.25)
    curves = 0.5 * x[6] * x[6] + 0.25 * x[7] * x[8] + 0.5 * x[8]
    signal = corners + curves + 0.25 * x[9] + 0.125 * x[10] - 1
    return values[:, :WIDTH].astype(np.float32), (signal + 1.5 * x[WIDTH] > 0).astype(np.float32)


def lightgbm_trees(features, target, **more):
    parameters = {"objective": "binary", "num_leaves": LEAVES, "learning_rate": RATE, "num_threads": THREADS, "verbose": -1, "max_bin": 255, **more}
    return lightgbm.train(parameters, lightgbm.Dataset(features, target), num_boost_round=TREES)


def xgboost_trees(features, target):
    parameters = {
        "objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": LEAVES, "max_depth": 0,
        "eta": RATE, "nthread": THREADS, "max_bin": 255}
    return xgboost.train(parameters, xgboost.QuantileDMatrix(features, target, nthread=THREADS, max_bin=255), num_boost_round=TREES)


def timed(work):
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - processor


def ours(command):
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    trees = [figure for figure in figures if figure["name"].startswith("boosted trees")]
    seconds = next(figure["value"] for figure in trees if figure["unit"] == "s")
    processor = next(figure["value"] for figure in trees if figure["unit"] == "CPU s")
    return seconds, next(figure["value"] for figure in trees if figure["unit"] == "auc"), processor


def main(command, runs=2):
    train, held = table(0, ROWS), table(ROWS, HELD)
    best = {}

    def note(name, seconds, area, processor):
        print(f"{name:<32}{seconds:7.2f} s{processor:9.2f} CPU s   auc {area:.5f}", flush=True)
        best[name] = (*map(min, (seconds, processor), best.get(name, (seconds, processor))), area)

    print(
        f"{TREES} trees of {LEAVES} leaves, learning rate {RATE}, 255 bins, {THREADS} threads, all else as each has it: ours λ = 1, LightGBM 0, "
        "XGBoost 1", flush=True)
    for _ in range(runs):
        if command:
            note("Flyball", *ours(command))
        for quantised in (False, True):
            for way in ("force_col_wise", "force_row_wise"):
                model, wall, processor = timed(lambda: lightgbm_trees(*train, use_quantized_grad=quantised, **{way: True}))
                name = f"LightGBM {lightgbm.__version__}" + (", quantised" if quantised else "")
                note(name, wall, roc_auc_score(held[1], model.predict(held[0], num_threads=THREADS)), processor)
        model, wall, processor = timed(lambda: xgboost_trees(*train))
        note(f"XGBoost {xgboost.__version__}", wall, roc_auc_score(held[1], model.predict(xgboost.DMatrix(held[0]))), processor)
    if command:
        own = best.pop("Flyball")
        for name, (seconds, processor, area) in best.items():
            print(
                f"{name}: Flyball is {seconds / own[0]:.2f} times as fast ({processor / own[1]:.2f} by processor time), area {own[2] - area:+.5f}")


if __name__ == "__main__":
    main(sys.argv[1:])

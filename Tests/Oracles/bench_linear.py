"""Times scikit-learn beside LearningBenchmark's linear, online and perceptron figures.

    bench_linear.py FLIGHTS.csv.gz COMMAND...     COMMAND prints the JSON of the benchmark's figures

Each peer starts from numbers in memory. The logistic regression is given its finished design matrix, one-hot and standardised by the product's
rules, while Flyball's own time includes making it. The peer's perceptron runs on one thread, three epochs of it. Ratios are of the clock and of
processor time, which the load of others hardly changes.
"""
import json
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd
import scipy.sparse
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from bench_learning import table


def flights(path):
    """The design matrix of the first 80 % and of the rest."""
    data = pd.read_csv(path, dtype={"carrier": str, "origin": str, "dest": str}, na_values=[""])
    cut = len(data) - round(len(data) * 0.2)
    blocks = []
    for name in data.columns:
        if name in ("time", "dep_delay", "late"):
            continue
        values, train = data[name], data[name].iloc[:cut]
        if name in ("carrier", "origin", "dest"):
            counts = train.value_counts()
            frequent = [text for text in counts.index if counts[text] >= 20]
            blocks += [(values == text).to_numpy(float) for text in frequent]
            blocks += [(~values.isin(frequent) & values.notna()).to_numpy(float)] if len(frequent) < len(counts) else []
            continue
        deviation = train.std(ddof=0)
        if not deviation > 0:
            continue
        blocks.append(((values - train.mean()) / deviation).fillna(0).to_numpy(float))
        if train.isna().any():
            blocks.append(values.isna().to_numpy(float))
    local = pd.to_datetime(data["time"]).dt
    for values in (local.hour, local.isocalendar().day, local.month):
        for value in sorted(values.iloc[:cut].unique()):
            if 20 <= (values.iloc[:cut] == value).sum() < cut:
                blocks.append((values == value).to_numpy(float))
    matrix, target = np.column_stack(blocks), (data["late"] == "yes").to_numpy()
    return matrix[:cut], target[:cut], matrix[cut:], target[cut:]


def timed(work):
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - processor


def compare(what, peer, wall, processor, own):
    seconds = next(figure["value"] for figure in own if figure["unit"] == "s")
    used = next(figure["value"] for figure in own if figure["unit"] == "CPU s")
    print(f"{what}: Flyball {seconds:.2f} s ({used:.2f} CPU s), {peer} {wall:.2f} s ({processor:.2f} CPU s): "
          f"{wall / seconds:.1f} times as fast ({processor / used:.1f} by processor time)", flush=True)


def main(path, command):
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    starting = lambda name: [figure for figure in figures if figure["name"].startswith(name)]
    warnings.simplefilter("ignore")
    x, y, held_x, held_y = flights(path)
    for kind, matrix, held in (("dense", x, held_x), ("sparse", scipy.sparse.csr_matrix(x), scipy.sparse.csr_matrix(held_x))):
        with threadpool_limits(2):
            model, wall, processor = timed(lambda: LogisticRegression(C=1.0, max_iter=1_000).fit(matrix, y))
        area = roc_auc_score(held_y, model.predict_proba(held)[:, 1])
        compare(f"logistic on flights ({kind} peer, auc {area:.4f})", "scikit-learn lbfgs", wall, processor, starting("logistic"))
    print("   own auc", [round(figure["value"], 4) for figure in starting("logistic") if figure["unit"] == "auc"])
    rows, classes = table(0, 1_000_000)
    with threadpool_limits(1):
        _, wall, processor = timed(lambda: MLPClassifier((64, 32), max_iter=3, random_state=0).fit(rows, classes))
    own = starting("perceptron 64-32")
    for threads in sorted({figure["name"].split(", ")[2] for figure in own}):
        figures_of = [figure for figure in own if threads in figure["name"]]
        compare(f"perceptron 64-32, an epoch on {threads}", "scikit-learn on one", wall / 3, processor / 3, figures_of)
    for figure in starting("perceptron"):
        if figure["unit"].startswith("GFLOP"):
            print(f"   {figure['name']}: {figure['value']:.0f} {figure['unit']}, {figure['ratio']:.2f} of the peak", flush=True)
    with threadpool_limits(1):
        _, _, processor = timed(lambda: SGDClassifier(loss="log_loss", max_iter=1, tol=None).fit(rows[:500_000], classes[:500_000]))
    for figure in starting("online"):
        print(f"{figure['name']}: {figure['value'] / 1e6:.2f} M rows a CPU-second; scikit-learn's SGD in batch {0.5 / processor:.2f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

"""Times scikit-learn beside LearningBenchmark's linear, online and perceptron figures.

    bench_linear.py FLIGHTS.csv.gz COMMAND...     COMMAND prints the JSON of the benchmark's figures

Each peer starts from numbers in memory. The logistic regression is given its finished design matrix, one-hot and standardised by the product's
rules, while Flyball's own time includes making it; it is fitted by its default solver, dense and sparse, and by the one that is Newton's method as ours
is. An epoch of the peer's perceptron is half of what a fit of three takes longer than one of one, with as many threads and as large batches as ours. The
peer's online learner goes through a matrix of its own precision, in order, as ours does. The best of two runs (of three, online) counts for a peer; ours
runs once. Ratios are of the clock and of processor time, which the load of others hardly changes.
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


THREADS = 2
# Of our perceptron.
BATCH = 512


def epoch(rows, classes):
    """What one epoch of the peer's perceptron takes, what comes before the first one left out."""
    def fit(epochs):
        return best(2, lambda: MLPClassifier((64, 32), batch_size=BATCH, max_iter=epochs, random_state=0).fit(rows, classes))[1:]

    one, three = fit(1), fit(3)
    return None, (three[0] - one[0]) / 2, (three[1] - one[1]) / 2


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


def best(runs, work):
    """The result of the last of some runs, the shortest clock and the least processor time."""
    found = [timed(work) for _ in range(runs)]
    return found[-1][0], min(one[1] for one in found), min(one[2] for one in found)


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
    sparse = scipy.sparse.csr_matrix(x), scipy.sparse.csr_matrix(held_x)
    for kind, solver, matrix, held in (("dense", "lbfgs", x, held_x), ("sparse", "lbfgs", *sparse), ("dense", "newton-cholesky", x, held_x)):
        with threadpool_limits(THREADS):
            model, wall, processor = best(2, lambda: LogisticRegression(C=1.0, max_iter=1_000, solver=solver).fit(matrix, y))
        area = roc_auc_score(held_y, model.predict_proba(held)[:, 1])
        compare(f"logistic on flights, {THREADS} threads each ({kind} peer, auc {area:.4f})", f"scikit-learn {solver}", wall, processor, starting("logistic"))
    print("   own auc", [round(figure["value"], 4) for figure in starting("logistic") if figure["unit"] == "auc"])
    rows, classes = table(0, 1_000_000)
    own = starting("perceptron 64-32")
    for words in sorted({figure["name"].split(", ")[2] for figure in own}):
        with threadpool_limits(int(words.split()[0])):
            _, wall, processor = epoch(rows, classes)
        figures_of = [figure for figure in own if words in figure["name"]]
        compare(f"perceptron 64-32, an epoch, {words} each, batches of {BATCH}", "scikit-learn", wall, processor, figures_of)
    for figure in starting("perceptron"):
        if figure["unit"].startswith("GFLOP"):
            print(f"   {figure['name']}: {figure['value']:.0f} {figure['unit']}, {figure['ratio']:.2f} of the peak", flush=True)
    part, truths = np.ascontiguousarray(rows[:500_000], dtype=np.float64), classes[:500_000].astype(int)
    with threadpool_limits(1):
        _, _, processor = best(3, lambda: SGDClassifier(loss="log_loss", max_iter=1, tol=None, shuffle=False).fit(part, truths))
    for figure in starting("online"):
        print(f"{figure['name']}: {figure['value'] / 1e6:.2f} M rows a CPU-second; scikit-learn's SGD in batch, one rate, {0.5 / processor:.2f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

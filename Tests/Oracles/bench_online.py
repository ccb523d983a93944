"""Sets Vowpal Wabbit and scikit-learn beside the online learner on the electricity market of New South Wales.

    bench_online.py ELECTRICITY.csv.gz COMMAND...     COMMAND prints the JSON of `flyball bench online`

Every row is answered before it is learnt, in the file's order, with no other row's price or label among its columns. Vowpal Wabbit's rate is that of
its own driver over a cache file, which holds the rows parsed, so that no text is read; its accuracy is that of the same settings row by row, the first
rows counted too. scikit-learn learns row by row too, its columns standardised by the first 200 rows as ours are, whose answers count as wrong with both;
it is told to leave its checks of arguments out, and its speed is mostly that of a call from Python. The rates are those around its best one, and at the
best with and without its penalty. The best speed of three runs counts with Vowpal Wabbit, of all settings with scikit-learn, of five with ours. "No change"
repeats the label before.
"""
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import sklearn
import vowpalwabbit
from sklearn.linear_model import SGDClassifier

SETTINGS = ("", "--ftrl", "--ftrl --ftrl_alpha 5", "--ftrl --ftrl_alpha 20", "-l 5", "-l 5 --power_t 0", "-l 10 --power_t 0", "-l 20 --power_t 0")
REPEATS, RUNS = 40, 3
# scikit-learn's rate and its penalty, whose default is 0.0001.
RATES = ((0.01, 1e-4), (0.1, 1e-4), (0.5, 1e-4), (1.0, 1e-4), (2.0, 1e-4), (5.0, 1e-4), (1.0, 0.0), (2.0, 0.0), (5.0, 0.0))


def lines(rows, columns):
    return [("1" if row["class"] == "up" else "-1") + " | " + " ".join(f"{name}:{row[name]}" for name in columns) for row in rows]


def accuracy(texts, truths, settings):
    workspace = vowpalwabbit.Workspace(f"--loss_function logistic --quiet {settings}")
    right = 0
    for text, truth in zip(texts, truths):
        example = workspace.example(text)
        right += (workspace.predict(example) > 0) == truth
        workspace.learn(example)
        workspace.finish_example(example)
    workspace.finish()
    return right / len(texts)


def rate(texts, settings):
    """Rows a second of processor time, read from a cache of `REPEATS` times the rows."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "rows")
        with open(path, "w") as file:
            for _ in range(REPEATS):
                file.write("\n".join(texts) + "\n")
        common = f"--loss_function logistic --quiet {settings} -d {path} --cache_file {path}.cache"
        vowpalwabbit.Workspace(common + " -k").finish()
        seconds = []
        for _ in range(RUNS):
            start = time.process_time()
            vowpalwabbit.Workspace(common).finish()
            seconds.append(time.process_time() - start)
        return REPEATS * len(texts) / min(seconds)


def main(path, command):
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for figure in figures:
        print(f"Flyball {figure['name']}: {figure['value']:.4g} {figure['unit']}", flush=True)
    own = max(figure["value"] for figure in figures if figure["unit"] == "rows/CPU s")
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in rows[0] if name != "class"]
    truths = np.array([row["class"] == "up" for row in rows])
    texts = lines(rows, columns)
    for settings in SETTINGS:
        speed = rate(texts, settings)
        print(f"Vowpal Wabbit {vowpalwabbit.__version__} {settings or '(defaults)'}: accuracy {accuracy(texts, truths, settings):.4f}, "
              f"{speed:.3g} rows a processor second: Flyball {own / speed:.1f} times as fast", flush=True)
    values = np.array([[float(row[name]) for name in columns] for row in rows])
    first = values[:200]
    # Two columns stand still for the first 200 rows, and their sum rounds: a deviation of 1e-15 is none. Dividing by it blew the column up a
    # thousandfold later on, which was the peer's handicap, not its figure.
    deviation = first.std(0)
    scaled = (values - first.mean(0)) / np.where(deviation > 1e-9 * np.maximum(1, np.abs(first).max(0)), deviation, 1)
    warnings.simplefilter("ignore")
    speeds = []
    with sklearn.config_context(skip_parameter_validation=True, assume_finite=True):
        for eta, penalty in RATES:
            model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=eta, alpha=penalty, random_state=0)
            right, start = 0, time.process_time()
            for row in range(len(rows)):
                x = scaled[row:row + 1]
                if row >= 200:
                    right += bool(model.decision_function(x)[0] > 0) == truths[row]
                model.partial_fit(x, truths[row:row + 1], classes=[False, True])
            speeds.append(len(rows) / (time.process_time() - start))
            print(f"scikit-learn {sklearn.__version__} SGD, row by row, rate {eta:g}, penalty {penalty:g}: accuracy {right / len(rows):.4f}", flush=True)
    print(f"scikit-learn, row by row: {max(speeds):.3g} rows a processor second")
    print(f"no change: accuracy {(truths[1:] == truths[:-1]).sum() / len(rows):.4f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

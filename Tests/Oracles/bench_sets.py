"""Sets Flyball beside scikit-learn and LightGBM on 17 kinds of tables, on the same rows, and writes a Markdown file.

    bench_sets.py FLYBALL [--splits 4] [--search 4] [--only NAME] [--output docs/learning-sets.md]

Every table goes to the program as a CSV file, as a user's would: `flyball deploy`, `train`, `train --search`, then `predict` on the rows held out. A
column `when` puts the rows in order, so that the program learns from the first 80 % and judges on the last 20 %, which nobody's fit sees: the peers
learn from the very same first 80 %, and all figures are computed here, by scikit-learn, on the same last 20 %. (The column's hour, weekday and month
stand still, so that no model can use it.)

Settings are said in the output. All have two threads, the peers one where that is quicker. In a search each side has the same seconds, looks for the same figure (area under the curve;
root mean square error) on the last fifth of the rows to learn from, and learns once more from all of them with the best settings. Peers search with
what they have that we have not: early stopping for the number of trees, samples of rows and columns.
"""
from __future__ import annotations

import os

# Before they are loaded: peers' threads that wait for each other must not keep a busy machine's cores: on small tables they would take seconds instead of hundredths.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import argparse
import csv
import datetime
import json
import pathlib
import platform
import subprocess
import sys
import tempfile
import time
import warnings

import lightgbm
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from threadpoolctl import threadpool_limits

from set_tables import tables

# Of a peer; on tables below so many cells one is quicker than two.
THREADS, SMALL_CELLS = 2, 100_000
HELD, JUDGING = 0.2, 0.2
# What both sides are told where "the same settings" are meant; our defaults.
TREES, LEAVES, RATE, LEAF_ROWS, PENALTY, BINS = 100, 31, 0.1, 20, 1.0, 255
# The 97.5 % quantile of Student's distribution by degrees of freedom: for the mean of so many splits.
QUANTILES = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}


class Split:
    """The rows to learn from and those held out."""

    def __init__(self, table, seed):
        frame = table.frame
        if not table.ordered:
            frame = frame.sample(frac=1, random_state=seed)
        elif seed:
            # Of rows in the order of time every split leaves other rows out.
            frame = frame[np.random.default_rng(seed).random(len(frame)) > 0.1]
        self.table, self.seed = table, seed
        self.frame = frame.reset_index(drop=True)
        self.cut = len(frame) - round(len(frame) * HELD)
        self.classes = None if table.task == "regression" else sorted(frame["target"].unique())
        self.features = self.frame.drop(columns="target")
        for name in self.names:
            self.features[name] = self.features[name].astype("category")
        truth = self.frame["target"]
        self.truth = truth.to_numpy(float) if self.classes is None else truth.map(self.classes.index).to_numpy()

    @property
    def threads(self):
        return THREADS if self.features.size >= SMALL_CELLS else 1

    @property
    def names(self):
        return [name for name in self.features if not pd.api.types.is_numeric_dtype(self.features[name])]

    @property
    def learning(self):
        return self.features[:self.cut], self.truth[:self.cut]

    @property
    def held(self):
        return self.features[self.cut:], self.truth[self.cut:]

    def figures(self, answers, truth=None):
        """`{name: (value, whether more is better)}`; answers of several classes are `[rows, classes]`, of two the second one's."""
        truth = self.held[1] if truth is None else truth
        if self.classes is None:
            return {"rmse": (root_mean_squared_error(truth, answers), False)}
        labels = range(len(self.classes))
        if len(self.classes) == 2:
            clipped = np.clip(answers, 1e-15, 1 - 1e-15)
            return {"log loss": (log_loss(truth, clipped, labels=labels), False), "auc": (roc_auc_score(truth, answers), True)}
        answers = answers / answers.sum(1, keepdims=True)
        # Of each class against all others, their mean, over the classes that there are among the rows.
        areas = [roc_auc_score(truth == label, answers[:, label]) for label in labels if 0 < (truth == label).sum() < len(truth)]
        return {"log loss": (log_loss(truth, np.clip(answers, 1e-15, 1), labels=labels), False), "auc": (float(np.mean(areas)), True)}


def answers(model, features):
    if not hasattr(model, "predict_proba"):
        return model.predict(features)
    found = model.predict_proba(features)
    return found[:, 1] if found.shape[1] == 2 else found


class Program:
    """One deployment of the real program."""

    def __init__(self, program, directory, split):
        self.program, self.directory, self.split = program, directory, split
        self.workspace = os.path.join(directory, "w")
        self.learning, self.rows = os.path.join(directory, "all.csv"), os.path.join(directory, "held.csv")
        frame = split.frame.copy()
        frame.insert(0, "when", [f"2024-03-05T10:{ms // 60_000:02}:{ms // 1_000 % 60:02}.{ms % 1_000:03}Z" for ms in range(len(frame))])
        frame.to_csv(self.learning, index=False)
        frame[split.cut:].drop(columns="target").to_csv(self.rows, index=False)
        self.versions = 0

    def call(self, *arguments, refusable=False):
        result = subprocess.run([self.program, "--workspace", self.workspace, *arguments], capture_output=True, text=True)
        if result.returncode and not refusable:
            raise RuntimeError(f"{' '.join(arguments)}: {result.stderr[-2_000:]}")
        return result

    def fit(self, algorithm, *more):
        """Trains a version; one that the gates refuse answers here all the same."""
        if self.versions == 0:
            task = self.split.table.task
            given = ["--positive", self.split.classes[1]] if task == "binary" else []
            result = self.call(
                "deploy", "set", "--data", self.learning, "--target", "target", "--time", "when", "--task", task, "--algorithm", algorithm,
                *given, *more, "--wait", refusable=True)
        else:
            result = self.call(
                "train", "set", "--data", self.learning, "--algorithm", algorithm, *more, "--wait", refusable=True)
        known = json.loads(self.call("versions", "set", "--json").stdout)
        newest = max((int(one["version"][1:]) for one in known), default=0)
        if newest == self.versions:
            raise RuntimeError(f"{algorithm} {more}: no version: {result.stderr[-2_000:]}")
        self.versions = newest
        return self.answers(newest), result.returncode != 0

    def trials(self):
        """Trainings of the newest version's search that came to their end."""
        lines = self.call("card", "set", f"v{self.versions}").stdout.partition("## Search")[2].splitlines()
        return sum(line.startswith("| ") and line.split(" | ")[0][2:].isdigit() and "unfinished" not in line for line in lines)

    def answers(self, version):
        text = self.call("predict", "set", "--data", self.rows, "--version", f"v{version}").stdout
        rows = list(csv.DictReader(text.splitlines()))
        if self.split.classes is None or len(self.split.classes) == 2:
            return np.array([float(row["score"]) for row in rows])
        return np.array([[float(row[f"score {name}"]) for name in self.split.classes] for row in rows])


# Peers.


def lightgbm_trees(split, features, target, settings, validation=None, trees=TREES):
    task = split.table.task
    parameters = {"objective": {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}[task], "num_threads": split.threads,
                  "verbose": -1, "seed": split.seed, **settings}
    if task == "multiclass":
        parameters["num_class"] = len(split.classes)
    data = lightgbm.Dataset(features, target)
    if validation is None:
        return lightgbm.train(parameters, data, num_boost_round=trees)
    return lightgbm.train(
        parameters, data, num_boost_round=trees, valid_sets=[data.create_valid(*validation)],
        callbacks=[lightgbm.early_stopping(30, verbose=False)])


def histogram_trees(split, **settings):
    """scikit-learn's; a column of more names than it has bins is coded by its target's mean."""
    make = HistGradientBoostingRegressor if split.classes is None else HistGradientBoostingClassifier
    boosting = make(categorical_features="from_dtype", random_state=split.seed, **settings)
    wide = [name for name in split.names if split.features[name].nunique() > 254]
    if not wide:
        return boosting
    coding = ColumnTransformer([("wide", TargetEncoder(random_state=split.seed), wide)], remainder="passthrough",
                               verbose_feature_names_out=False)
    return make_pipeline(coding.set_output(transform="pandas"), boosting)


def linear(split, penalty=PENALTY):
    """Standardised numbers with a column for what is missing, names one-hot from the 20th row on, as ours."""
    numbers = [name for name in split.features if name not in split.names]
    columns = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numbers),
        ("names", OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist"), split.names)])
    model = Ridge(alpha=penalty) if split.classes is None else LogisticRegression(C=1 / penalty, max_iter=2_000)
    return make_pipeline(columns, model)


def judge(split, found, truth):
    figures = split.figures(found, truth)
    value, higher = figures.get("auc") or figures["rmse"]
    return value if higher else -value


def logarithmic(random, low, high):
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def search(split, seconds, trial):
    """The best of as many random settings as the time allows, the defaults among them: `trial(random, fit, judge) -> settings, figure`."""
    features, target = split.learning
    cut = len(features) - round(len(features) * JUDGING)
    fit, judged = (features[:cut], target[:cut]), (features[cut:], target[cut:])
    random, end, best, tried = np.random.default_rng(split.seed), time.monotonic() + seconds, None, 0
    while best is None or time.monotonic() < end:
        settings, figure = trial(None if tried == 0 else random, fit, judged)
        tried += 1
        if best is None or figure > best[1]:
            best = settings, figure
    return best[0], tried


def lightgbm_search(split, seconds):
    def trial(random, fit, judged):
        settings = {} if random is None else {
            "num_leaves": round(logarithmic(random, 4, 128)), "learning_rate": logarithmic(random, 0.02, 0.3),
            "min_data_in_leaf": round(logarithmic(random, 2, 300)), "lambda_l2": logarithmic(random, 0.01, 100),
            "feature_fraction": random.uniform(0.4, 1), "bagging_fraction": random.uniform(0.5, 1), "bagging_freq": 1}
        model = lightgbm_trees(split, *fit, settings, judged, trees=500)
        trees = max(1, model.best_iteration)
        return (settings, trees), judge(split, model.predict(judged[0], num_iteration=trees), judged[1])

    (settings, trees), tried = search(split, seconds, trial)
    return lightgbm_trees(split, *split.learning, settings, trees=trees).predict(split.held[0]), tried


def histogram_search(split, seconds):
    def trial(random, fit, judged):
        settings = {} if random is None else {
            "max_leaf_nodes": round(logarithmic(random, 4, 128)), "learning_rate": logarithmic(random, 0.02, 0.3),
            "min_samples_leaf": round(logarithmic(random, 2, 300)), "l2_regularization": logarithmic(random, 0.01, 100),
            "max_features": random.uniform(0.4, 1), "max_iter": round(logarithmic(random, 30, 500))}
        model = histogram_trees(split, early_stopping=False, **settings).fit(*fit)
        return settings, judge(split, answers(model, judged[0]), judged[1])

    settings, tried = search(split, seconds, trial)
    return answers(histogram_trees(split, early_stopping=False, **settings).fit(*split.learning), split.held[0]), tried


OURS, LINEAR, SEARCHED = "Flyball trees", "Flyball linear", "Flyball searched"
PLAIN = "Flyball trees, l2=0"
SAME_LIGHTGBM, SAME_HISTOGRAM = "LightGBM, same settings", "HistGradientBoosting, same settings"
OWN_LIGHTGBM, OWN_HISTOGRAM = "LightGBM, its defaults", "HistGradientBoosting, its defaults"
PEER_LINEAR = "scikit-learn linear"
SEARCHED_LIGHTGBM, SEARCHED_HISTOGRAM = "LightGBM searched", "HistGradientBoosting searched"


def measured(program, split, seconds):
    """`{contender: figures}`, remarks."""
    found, remarks = {}, {}
    held, learning = split.held[0], split.learning
    with tempfile.TemporaryDirectory() as directory:
        ours = Program(program, directory, split)
        found[OURS], refused = ours.fit("boosted-trees")
        remarks["refused"] = refused
        found[PLAIN], _ = ours.fit("boosted-trees", "--set", "l2=0")
        found[LINEAR], _ = ours.fit("ridge" if split.classes is None else "softmax" if len(split.classes) > 2 else "logistic")
        if seconds:
            found[SEARCHED], _ = ours.fit("boosted-trees", "--search", "1000", "--search-time", f"{seconds:g}s", "--seed", str(split.seed))
            remarks["trials of Flyball"] = ours.trials()
    same = {"num_leaves": LEAVES, "learning_rate": RATE, "min_data_in_leaf": LEAF_ROWS, "lambda_l2": PENALTY, "max_bin": BINS,
            "min_data_in_bin": 1}
    found[SAME_LIGHTGBM] = lightgbm_trees(split, *learning, same).predict(held)
    found[OWN_LIGHTGBM] = lightgbm_trees(split, *learning, {}).predict(held)
    found[SAME_HISTOGRAM] = answers(histogram_trees(
        split, max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=RATE, min_samples_leaf=LEAF_ROWS, l2_regularization=PENALTY,
        max_bins=BINS, early_stopping=False).fit(*learning), held)
    found[OWN_HISTOGRAM] = answers(histogram_trees(split).fit(*learning), held)
    found[PEER_LINEAR] = answers(linear(split).fit(*learning), held)
    if seconds:
        found[SEARCHED_LIGHTGBM], remarks["trials of LightGBM"] = lightgbm_search(split, seconds)
        found[SEARCHED_HISTOGRAM], remarks["trials of HistGradientBoosting"] = histogram_search(split, seconds)
    return {name: split.figures(one) for name, one in found.items()}, remarks


# The report.


def cell(runs, figure, name, own):
    """A contender's mean; in which direction it differs from ours by more than chance over the splits."""
    values = np.array([run[name][figure][0] for run in runs])
    text = f"{values.mean():.4g}"
    if name == own:
        return text
    higher = runs[0][name][figure][1]
    difference = (values - np.array([run[own][figure][0] for run in runs])) * (1 if higher else -1)
    if len(difference) > 1 and difference.std() > 0:
        bound = QUANTILES.get(len(difference) - 1, 2.0) * difference.std(ddof=1) / np.sqrt(len(difference))
        # What agrees to a thousandth is the same, however surely it differs.
        bound = max(bound, 0.001 * abs(values.mean()))
        if difference.mean() > bound:
            return text + " ▲"
        if difference.mean() < -bound:
            return text + " ▽"
    return text


def report(results, arguments):
    lines = []
    contenders = [
        ("Trees at equal settings", OURS, [OURS, SAME_LIGHTGBM, SAME_HISTOGRAM]),
        ("Trees, each as it comes", OURS, [OURS, PLAIN, OWN_LIGHTGBM, OWN_HISTOGRAM]),
        ("Linear models at equal settings", LINEAR, [LINEAR, PEER_LINEAR])]
    if arguments.search:
        contenders.insert(2, (f"Searched for {arguments.search:g} s each", SEARCHED, [SEARCHED, SEARCHED_LIGHTGBM, SEARCHED_HISTOGRAM]))
    for title, own, names in contenders:
        lines += [f"## {title}", "", "| set | figure | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
        for table, runs in results.items():
            for figure in runs[0][0][own]:
                less = "" if runs[0][0][own][figure][1] else " (less is better)"
                cells = " | ".join(cell([run for run, _ in runs], figure, name, own) for name in names)
                lines.append(f"| {table} | {figure}{less} | {cells} |")
        lines.append("")
    return lines


def document(kinds, results, arguments, version):
    body = report(results, arguments)
    absent = [table.name for table in kinds if table.name not in results]
    refused = [name for name, runs in results.items() if any(remarks["refused"] for _, remarks in runs)]
    head = [
        "# Learning on 17 kinds of tables, beside scikit-learn and LightGBM", "",
        "Made by one command, `make bench-sets` (`Tests/Oracles/bench_sets.py`; the tables are in `set_tables.py`): do not edit by hand.", "",
        f"Flyball {version}, scikit-learn {sklearn.__version__}, LightGBM {lightgbm.__version__}, NumPy {np.__version__}, pandas {pd.__version__}, "
        f"Python {platform.python_version()}; {os.cpu_count()} cores, {THREADS} threads each, the peers one on tables below {SMALL_CELLS:,} cells; {datetime.date.today()}; load when it was written "
        f"{os.getloadavg()[1]:.1f}.", "",
        "Each figure is the mean over so many divisions of the rows, 80 % to learn from and 20 % held out, the same for all. ▲: better than "
        "ours, ▽: worse than ours, by more than a thousandth and by a paired interval (95 %) over the divisions; without a mark the divisions do not tell. "
        "The divisions share rows, which makes the intervals somewhat too narrow.", "",
        f"Equal settings: {TREES} trees of {LEAVES} leaves, learning rate {RATE}, {LEAF_ROWS} rows a leaf, λ = {PENALTY:g}, {BINS} bins, bins of one "
        "row, no early stopping. Linear: λ = 1, standardised numbers, one-hot names from 20 rows on. LightGBM's own defaults differ from these in λ = 0 "
        "and three rows a bin; HistGradientBoosting's in λ = 0 and early stopping from 10,000 rows on.", "",
        "| set | what | rows to learn from | columns | divisions |", "|---|---|---|---|---|"]
    for table in kinds:
        if table.name in results:
            rows = len(table.frame) - round(len(table.frame) * HELD)
            head.append(f"| {table.name} | {table.what} | {rows:,} | {table.frame.shape[1] - 1} | {len(results[table.name])} |")
    head.append("")
    if absent:
        head += [f"Not in this run: {', '.join(absent)}.", ""]
    if refused:
        head += [f"The gates refused a default of ours, whose figures are shown all the same: {', '.join(refused)}.", ""]
    trials = [(name, key.removeprefix("trials of "), remarks[key]) for name, runs in results.items() for _, remarks in runs for key in remarks
              if key.startswith("trials")]
    if trials:
        by_peer = {peer: [count for _, other, count in trials if other == peer] for _, peer, _ in trials}
        head += ["Trials in a search: " + "; ".join(f"{peer} {min(counts)} to {max(counts)}" for peer, counts in by_peer.items())
                 + ".", ""]
    return "\n".join(head + body).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--splits", type=int, default=4, help="divisions of each table")
    parser.add_argument("--search", type=float, default=4, help="seconds of each search; 0: none")
    parser.add_argument("--only", action="append", default=[], help="a set's name; may be repeated")
    parser.add_argument("--figures", type=pathlib.Path, help="keeps the figures of each set, and takes those that it has")
    parser.add_argument("--output", type=pathlib.Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    version = subprocess.run([arguments.program, "--version"], capture_output=True, text=True).stdout.strip()
    kinds, results = tables(), {}
    kept = json.loads(arguments.figures.read_text()) if arguments.figures and arguments.figures.exists() else {}
    for table in kinds:
        if arguments.only and table.name not in arguments.only:
            continue
        if len(kept.get(table.name, [])) >= arguments.splits:
            results[table.name] = kept[table.name]
            continue
        began, runs = time.monotonic(), []
        for seed in range(arguments.splits):
            split = Split(table, seed)
            try:
                with threadpool_limits(split.threads):
                    runs.append(measured(arguments.program, split, arguments.search))
            except RuntimeError as failure:
                print(f"{table.name}, division {seed}: {failure}", file=sys.stderr, flush=True)
        if not runs:
            continue
        results[table.name] = runs
        if arguments.figures:
            arguments.figures.write_text(json.dumps({**kept, **results}, indent=1))
        figure = list(runs[0][0][OURS])[0]
        means = ", ".join(f"{name} {np.mean([run[name][figure][0] for run, _ in runs]):.4g}" for name in runs[0][0])
        print(f"{table.name} ({figure}): {means}: {time.monotonic() - began:.0f} s", flush=True)
    text = document(kinds, results, arguments, version)
    if arguments.output:
        arguments.output.write_text(text)
        print("wrote", arguments.output)
    else:
        print(text)


if __name__ == "__main__":
    main()

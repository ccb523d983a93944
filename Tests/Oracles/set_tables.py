"""The 17 kinds of tables that bench_sets.py measures on: five that scikit-learn ships, twelve simulated from fixed seeds.

Each is a data frame whose column `target` is to be predicted; texts are names, None or NaN is missing. `ordered`: its rows are in the order of time, and
the last ones are held out; all others are shuffled anew for every split.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn import datasets


@dataclass
class Table:
    name: str
    what: str
    task: str
    frame: pd.DataFrame
    ordered: bool = False


def named(x, y, classes=None):
    """Columns x0, x1, … and the target, classes by name."""
    frame = pd.DataFrame(np.asarray(x, float), columns=[f"x{place}" for place in range(x.shape[1])])
    frame["target"] = y if classes is None else [classes[int(value)] for value in y]
    return frame


def shipped():
    for name, what, task, load in (
        ("iris", "3 classes; one column separates one of them", "multiclass", datasets.load_iris),
        ("wine", "3 classes, 13 columns", "multiclass", datasets.load_wine),
        ("breast cancer", "collinear columns, nearly separable", "binary", datasets.load_breast_cancer),
        ("digits", "10 classes, 64 columns of 17 values", "multiclass", datasets.load_digits),
        ("diabetes", "numbers, much noise", "regression", datasets.load_diabetes),
    ):
        found = load()
        classes = None if task == "regression" else [f"c{value}" for value in range(len(found.target_names))]
        yield Table(name, what, task, named(found.data, found.target, classes))


def simulated():
    yield Table("friedman 1", "5 of 10 columns count, noise 1", "regression", named(*datasets.make_friedman1(3_000, noise=1, random_state=1)))
    yield Table(
        "friedman 2", "columns of very different units", "regression", named(*datasets.make_friedman2(3_000, noise=125, random_state=2)))
    yield Table("friedman 3", "a steep arc tangent", "regression", named(*datasets.make_friedman3(3_000, noise=0.1, random_state=3)))
    x, y = datasets.make_hastie_10_2(6_000, random_state=4)
    yield Table("hastie 10.2", "a sphere: no column counts by itself", "binary", named(x, y > 0, ["no", "yes"]))
    yield Table("moons", "2 columns, 1,000 rows", "binary", named(*datasets.make_moons(1_000, noise=0.3, random_state=5), ["no", "yes"]))
    yield Table("imbalanced", "1 % of the positive class", "binary", named(
        *datasets.make_classification(
            10_000, 20, n_informative=6, n_redundant=4, weights=[0.99], flip_y=0.002, class_sep=0.8, random_state=6), ["no", "yes"]))
    yield Table("many classes", "40 classes", "multiclass", named(
        *datasets.make_classification(
            2_400, 20, n_informative=12, n_classes=40, n_clusters_per_class=1, class_sep=2, random_state=7),
        [f"c{value:02}" for value in range(40)]))
    yield Table("many categories", "a column of 1,500 names, one of 12", "binary", many_categories(np.random.default_rng(8)))
    yield Table("missing values", "30 % missing, more often where they matter", "binary", missing_values(np.random.default_rng(9)))
    yield Table("heavy tail", "a target of Pareto noise", "regression", heavy_tail(np.random.default_rng(10)))
    yield Table("time shift", "the relation turns slowly", "binary", time_shift(np.random.default_rng(11)), ordered=True)
    yield Table("few rows, many columns", "120 rows, 200 columns", "binary", named(
        *datasets.make_classification(120, 200, n_informative=8, n_redundant=0, class_sep=1.5, flip_y=0, random_state=12), ["no", "yes"]))


def many_categories(random, rows=10_000):
    shops, areas = random.normal(0, 1, 1_500), random.normal(0, 0.5, 12)
    # Some names are frequent, most are rare.
    shop = np.minimum(random.zipf(1.3, rows) - 1, random.integers(0, 1_500, rows))
    area, amount = random.integers(0, 12, rows), random.lognormal(0, 1, rows)
    score = shops[shop] + areas[area] + 0.5 * np.log(amount) + random.logistic(0, 1, rows)
    return pd.DataFrame({
        "shop": [f"shop {value}" for value in shop], "area": [f"a{value}" for value in area], "amount": amount,
        "noise": random.normal(size=rows), "target": np.where(score > 0, "yes", "no")})


def missing_values(random, rows=6_000):
    x = random.normal(size=(rows, 8))
    score = x[:, 0] + np.abs(x[:, 1]) - 0.8 + 0.7 * x[:, 2] * (x[:, 3] > 0) + 0.5 * random.logistic(0, 1, rows)
    gone = random.random((rows, 8)) < 0.1 + 0.4 * (x > 0.3)
    return named(np.where(gone, np.nan, x), score > 0, ["no", "yes"])


def heavy_tail(random, rows=5_000):
    x = random.normal(size=(rows, 8))
    return named(x, np.exp(0.8 * x[:, 0] + 0.4 * np.sin(2 * x[:, 1]) + 0.3 * x[:, 2] * x[:, 3]) * (1 + random.pareto(2.2, rows)))


def time_shift(random, rows=8_000):
    x, angle = random.normal(size=(rows, 6)), np.linspace(0, np.pi / 2, rows)
    score = 1.5 * (np.cos(angle) * x[:, 0] + np.sin(angle) * x[:, 1]) + 0.6 * x[:, 2] + random.logistic(0, 1, rows)
    return named(x + 0.3 * angle[:, None], score > 0, ["no", "yes"])


def tables():
    return [*shipped(), *simulated()]

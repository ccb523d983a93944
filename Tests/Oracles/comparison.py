"""Distances of two files by SciPy, and Evidently's normed Wasserstein distance and population stability beside them where it is installed."""
import collections
import importlib.metadata
import pathlib

import numpy as np
import scipy
import scipy.spatial.distance
import scipy.stats as stats

import common

random = np.random.default_rng(5)
ROWS, CURRENT = 1_500, 1_000
FILES = pathlib.Path(__file__).resolve().parent.parent / "MonitoringTests" / "Golden"


def columns():
    """Pairs of columns as they stand in the files: numbers with NaN, texts with blanks."""

    def holes(values, share):
        return np.where(random.random(len(values)) < share, np.nan, values)

    letters = np.array([f"c{i:02d}" for i in range(32)])
    weights = 0.85 ** np.arange(32)
    weights /= weights.sum()
    return {
        "same": (np.round(random.normal(0, 1, ROWS), 3), np.round(random.normal(0, 1, CURRENT), 3)),
        "moved": (np.round(random.normal(10, 3, ROWS), 2), np.round(random.normal(11.5, 3, CURRENT), 2)),
        "zeros": (
            np.where(random.random(ROWS) < 0.6, 0, np.round(random.exponential(5, ROWS), 1)),
            np.where(random.random(CURRENT) < 0.5, 0, np.round(random.exponential(9, CURRENT), 1))),
        "gaps": (holes(np.round(random.uniform(-5, 5, ROWS), 2), 0.1), holes(np.round(random.uniform(-6, 6, CURRENT), 2), 0.3)),
        "whole": (random.poisson(4, ROWS).astype(float), random.poisson(5, CURRENT).astype(float)),
        "words": (random.choice(letters, ROWS, p=weights), random.choice(np.append(letters, ["new"]), CURRENT, p=np.append(weights * 0.9, 0.1))),
        "blanks": (
            np.where(random.random(ROWS) < 0.05, "", random.choice(letters[:6], ROWS)),
            np.where(random.random(CURRENT) < 0.05, "", random.choice(letters[:6], CURRENT))),
    }


def cell(value):
    if isinstance(value, str):
        return value
    return "" if np.isnan(value) else repr(int(value)) if value == int(value) else repr(float(value))


def write(name, rows):
    path = FILES / name
    lines = [",".join(rows)] + [",".join(cell(value.item()) for value in row) for row in zip(*rows.values())]
    path.write_text("\n".join(lines) + "\n")
    print("wrote", path.relative_to(FILES.parent.parent))


def numeric(reference, current):
    r, c = reference[~np.isnan(reference)], current[~np.isnan(current)]
    distance = stats.wasserstein_distance(r, c)
    return {
        "kolmogorovSmirnov": stats.ks_2samp(r, c).statistic, "wassersteinNormed": distance / np.std(r),
        "outOfRange": float(((c < r.min()) | (c > r.max())).sum() / len(current)),
        "missing": [float(np.isnan(reference).mean()), float(np.isnan(current).mean())],
    }


def categorical(reference, current):
    """The 25 most frequent texts, the others, unseen ones, missing ones."""
    counts = collections.Counter(reference.tolist())
    counts.pop("", None)
    top = [text for _, text in sorted((-count, text) for text, count in counts.items())[:25]]

    def bins(values):
        found = collections.Counter(values.tolist())
        missing = found.pop("", 0)
        named = [found.pop(text, 0) for text in top]
        other = sum(count for text, count in found.items() if text in counts)
        return np.array(named + [other, sum(found.values()) - other, missing])

    r, c = bins(reference), bins(current)
    table = np.array([r, c])[:, r + c > 0]
    test = stats.chi2_contingency(table, correction=False)
    return {
        "jensenShannon": float(scipy.spatial.distance.jensenshannon(r, c, base=2)), "chiSquared": test.statistic,
        "chiSquaredPValue": test.pvalue, "cramersV": stats.contingency.association(table, method="cramer"),
        "largestDifference": float(np.abs(r / r.sum() - c / c.sum()).max()), "unseen": float(c[-2] / c.sum()),
        "missing": [float(r[-1] / r.sum()), float(c[-1] / c.sum())],
    }


def evidently(pairs):
    """Evidently's own figures of the same columns; nothing where it is not installed."""
    try:
        import pandas as pd
        from evidently import Dataset, DataDefinition, Report
        from evidently.metrics import ValueDrift
    except ImportError:
        return None
    names = [name for name, (values, _) in pairs.items() if values.dtype.kind == "f"]
    frames = [pd.DataFrame({name: pairs[name][side] for name in names}) for side in (0, 1)]
    definition = DataDefinition(numerical_columns=names)
    data = [Dataset.from_pandas(frame, data_definition=definition) for frame in frames]
    metrics = [ValueDrift(column=name, method="wasserstein") for name in names]
    result = Report(metrics).run(data[1], data[0]).dict()
    return {
        "version": importlib.metadata.version("evidently"),
        "wassersteinNormed": {name: float(metric["value"]) for name, metric in zip(names, result["metrics"])},
    }


def main():
    pairs = columns()
    write("comparison-reference.csv", {name: pair[0] for name, pair in pairs.items()})
    write("comparison-current.csv", {name: pair[1] for name, pair in pairs.items()})
    figures = {name: (numeric if pair[0].dtype.kind == "f" else categorical)(*pair) for name, pair in pairs.items()}
    common.write(
        "comparison.json", {"rows": [ROWS, CURRENT], "columns": figures, "evidently": evidently(pairs)}, np, scipy, tests="MonitoringTests")


main()

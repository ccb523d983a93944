"""Statistics of drift by SciPy and NumPy: distributions, corrections, and the population stability of small tables by the definition."""
import collections

import numpy as np
import scipy
import scipy.stats as stats

import common

random = np.random.default_rng(11)
GRID = 120


def numeric_reference(values):
    """Edges at the 120-quantiles (inverse distribution function); a value with more than 1/120 of the mass alone in its bin; tenths by middle mass."""
    present = np.sort(values[~np.isnan(values)])
    edges = set(np.quantile(present, np.arange(1, GRID) / GRID, method="inverted_cdf")) | {present[-1]}
    for value, count in zip(*np.unique(present, return_counts=True)):
        if count / len(present) > 1 / GRID:
            edges |= {value} | ({np.nextafter(value, -np.inf)} if value > present[0] else set())
    edges = np.array(sorted(edges))
    counts = np.bincount(np.searchsorted(edges, present, side="left"), minlength=len(edges))
    middles = (np.cumsum(counts) - counts / 2) / len(present)
    return edges, present[0], np.minimum(9, np.floor(middles * 10 + 1e-12)).astype(int)


def numeric_bins(values, edges, least, tenths):
    present = values[~np.isnan(values)]
    inside = present[(present >= least) & (present <= edges[-1])]
    counts = np.bincount(np.searchsorted(edges, inside, side="left"), minlength=len(edges))
    joined = [counts[tenths == tenth].sum() for tenth in np.unique(tenths)]
    return np.array(joined + [(present < least).sum(), (present > edges[-1]).sum(), np.isnan(values).sum()])


def categorical_bins(values, top, known):
    counts = collections.Counter(values)
    missing = counts.pop("", 0)
    named = [counts.pop(text, 0) for text in top]
    other = sum(count for text, count in counts.items() if text in known)
    return np.array(named + [other, sum(counts.values()) - other, missing])


def psi(current, reference):
    """Half a row of the smaller sample is added to each bin of both, as the same share."""
    half = 0.5 / min(current.sum(), reference.sum())
    c, r = current / current.sum() + half, reference / reference.sum() + half
    c, r = c / c.sum(), r / r.sum()
    return float(((c - r) * np.log(c / r)).sum())


def judged(current, reference, n, m, alpha, features):
    rows = min(n, m // 10)
    expected = reference / m * rows
    df = max(1, int((expected >= 1).sum()) - 1)
    noise = 1 / rows + 1 / m
    value = psi(current, reference)
    return {
        "bins": current.tolist(), "referenceBins": reference.tolist(), "psi": value, "df": df, "excess": value - df * noise,
        "threshold": stats.chi2.isf(alpha / features, df) * noise, "p": stats.chi2.sf(value / noise, df),
    }


def tables():
    m, n = 2_000, 400
    letters = [f"c{i:02d}" for i in range(32)]
    weights = 0.85 ** np.arange(32)
    weights /= weights.sum()

    def holes(values, share):
        values = values.astype(float)
        values[random.random(len(values)) < share] = np.nan
        return values

    columns = {
        "plain": (np.round(random.normal(10, 3, m), 2), np.round(random.normal(10.6, 3, n), 2)),
        "zeros": (
            np.where(random.random(m) < 0.6, 0, np.round(random.exponential(5, m), 1)),
            np.where(random.random(n) < 0.5, 0, np.round(random.exponential(9, n), 1))),
        "gaps": (holes(np.round(random.uniform(-5, 5, m), 2), 0.1), holes(np.round(random.uniform(-6, 6, n), 2), 0.3)),
        "rare": ((random.random(m) < 0.95).astype(float), (random.random(n) < 0.6).astype(float)),
        "same": (np.round(random.normal(0, 1, m), 3), np.round(random.normal(0, 1, n), 3)),
    }
    words = (random.choice(letters, m, p=weights), random.choice(letters + ["new1", "new2"], n, p=np.append(weights * 0.8, [0.15, 0.05])))
    words = tuple(np.where(random.random(len(w)) < 0.05, "", w) for w in words)
    alpha, features = 0.001, len(columns) + 1
    result = {}
    for name, (reference, current) in columns.items():
        grid = numeric_reference(reference)
        result[name] = judged(numeric_bins(current, *grid), numeric_bins(reference, *grid), n, m, alpha, features)
        result[name] |= {"reference": clean(reference), "current": clean(current), "edges": len(grid[0])}
    counted = sorted(((-count, text) for text, count in collections.Counter(words[0]).items() if text))
    top, known = [text for _, text in counted[:25]], set(words[0])
    result["words"] = judged(categorical_bins(words[1], top, known), categorical_bins(words[0], top, known), n, m, alpha, features)
    result["words"] |= {"referenceTexts": words[0].tolist(), "currentTexts": words[1].tolist()}
    return {"alpha": alpha, "order": list(columns) + ["words"], "columns": result}


def clean(values):
    return [None if np.isnan(value) else float(value) for value in values]


def main():
    pvalues = [np.round(random.uniform(0, 1, 12) ** power, 6) for power in (1, 3, 8)] + [np.array([0.01, 0.02, 0.03, 0.04, 0.05]), np.array([0.2])]
    common.write(
        "monitoring.json",
        {
            "chiSquared": [
                {"df": df, "x": x, "upper": stats.chi2.sf(x, df)}
                for df in (1, 2, 5, 12, 27, 120) for x in (0.01, 0.5, 1.0, float(df), 2.0 * df + 10, 8.0 * df + 60)],
            "quantiles": [
                {"df": df, "tail": tail, "x": stats.chi2.isf(tail, df)} for df in (1, 3, 9, 12, 27, 120) for tail in (0.99, 0.5, 0.05, 1e-4, 1e-9, 1e-14)],
            "wilson": [
                {"count": count, "n": n, "lower": interval.low, "upper": interval.high}
                for count, n in ((0, 20), (1, 20), (10, 20), (20, 20), (3, 1000), (999, 1000))
                for interval in [stats.binomtest(count, n).proportion_ci(0.95, method="wilson")]],
            "discoveries": [
                {"p": values.tolist(), "alpha": alpha, "rejected": (stats.false_discovery_control(values) <= alpha).tolist()}
                for values in pvalues for alpha in (0.001, 0.05, 0.2)],
            "shares": [
                {"a": a, "n": n, "b": b, "m": m, "p": stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False).pvalue}
                for a, n, b, m in ((30, 400, 100, 2000), (60, 400, 100, 2000), (40, 400, 100, 2000), (0, 400, 100, 2000))],
            "tables": tables(),
        },
        np, scipy, tests="MonitoringTests")


main()

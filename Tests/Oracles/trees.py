"""Scores and contributions of XGBoost's leaf-wise trees, and contributions of one LightGBM tree, on tables with missing
values and at most 100 different values a column.

So few values that every histogram has one bin for each: then both trainers choose among the same cuts.
"""
import json

import lightgbm
import numpy as np
import xgboost

import common

random = np.random.default_rng(11)


def case(task, rows, trees, leaves, rate, penalty, missing):
    features = np.round(random.random((rows, 4)), 2)
    # Columns on scales of their own; the last is noise.
    features *= np.array([1, 100, 10, 1])
    features = np.round(features, 2)
    signal = 2 * features[:, 0] + np.where(features[:, 1] > 40, 1.5, 0) * np.sin(features[:, 2])
    if task == "regression":
        target = np.round(signal + 0.3 * random.standard_normal(rows), 4)
    else:
        target = (random.random(rows) < 1 / (1 + np.exp(-2 * (signal - 1.2)))).astype(float)
    features[random.random((rows, 4)) < missing] = np.nan
    parameters = {
        "objective": "reg:squarederror" if task == "regression" else "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide",
        "max_leaves": leaves, "max_depth": 0, "max_bin": 256, "eta": rate, "lambda": penalty, "alpha": 0, "gamma": 0, "nthread": 1,
        # Squared loss has a curvature of 1 a row, so this is the number of rows; else our own least curvature.
        "min_child_weight": 5 if task == "regression" else 1e-3, "base_score": float(target.mean()),
    }
    model = xgboost.train(parameters, xgboost.DMatrix(features, target), num_boost_round=trees)
    scores = model.predict(xgboost.DMatrix(features))
    return {
        "task": task, "trees": trees, "leaves": leaves, "rate": rate, "l2": penalty, "minLeaf": 5 if task == "regression" else 1,
        "features": [[None if np.isnan(value) else float(value) for value in row] for row in features], "targets": target.tolist(),
        "scores": [float(f"{score:.7g}") for score in scores],
        "dumps": [xgboost_tree(json.loads(text)) for text in model.get_dump(dump_format="json", with_stats=True)],
        # What each column adds to the raw score, then the base.
        "contributions": rounded(model.predict(xgboost.DMatrix(features[:30]), pred_contribs=True)),
    }


def rounded(rows):
    return [[float(f"{value:.7g}") for value in row] for row in rows]


def xgboost_tree(root):
    nodes, leaves = [], []

    def walk(node):
        if "leaf" in node:
            leaves.append({"value": node["leaf"], "cover": node["cover"]})
            return -len(leaves)
        place = len(nodes)
        children = {child["nodeid"]: child for child in node["children"]}
        nodes.append({"feature": int(node["split"][1:]), "threshold": node["split_condition"], "missingLeft": node["missing"] == node["yes"]})
        nodes[place] |= {"left": walk(children[node["yes"]]), "right": walk(children[node["no"]])}
        return place

    walk(root)
    return {"nodes": nodes, "leaves": leaves}


def lightgbm_tree():
    """A tree as its library dumps it, and what each column adds to its answers, columns asked for again and again."""
    features = np.round(random.random((400, 5)), 2)
    target = np.sin(6 * features[:, 0]) * features[:, 1] + features[:, 2] ** 2 + 0.1 * random.standard_normal(400)
    parameters = {"objective": "regression", "num_leaves": 24, "min_data_in_leaf": 5, "learning_rate": 1.0, "verbose": -1, "num_threads": 1}
    model = lightgbm.train(parameters, lightgbm.Dataset(features, target), num_boost_round=1)
    nodes, leaves = [], []

    def walk(node):
        if "leaf_index" in node:
            leaves.append({"value": node["leaf_value"], "cover": node["leaf_count"]})
            return -len(leaves)
        place = len(nodes)
        nodes.append({"feature": node["split_feature"], "threshold": node["threshold"], "missingLeft": False})
        nodes[place] |= {"left": walk(node["left_child"]), "right": walk(node["right_child"])}
        return place

    walk(model.dump_model()["tree_info"][0]["tree_structure"])
    return {
        "tree": {"nodes": nodes, "leaves": leaves}, "features": features[:60].tolist(), "contributions": rounded(model.predict(features[:60], pred_contrib=True))}


common.write(
    "trees.json",
    {
        "cases": [
            case("regression", 150, 1, 8, 1.0, 1.0, 0.0), case("regression", 200, 15, 6, 0.3, 2.0, 0.15),
            case("binary", 200, 1, 5, 1.0, 1.0, 0.1), case("binary", 250, 12, 6, 0.3, 1.0, 0.1),
        ],
        "lightgbm": lightgbm_tree(),
    }, lightgbm, np, xgboost)

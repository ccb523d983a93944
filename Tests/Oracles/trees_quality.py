"""Quality of LightGBM and XGBoost on the whole year of flights (the path is given): late or not, the delay in minutes, and its class.

First 80 % to learn from, last 20 % to judge on, departure delay left out of the features, texts as native categories, the hour, weekday and month
of the scheduled departure as numbers. 100 trees of 31 leaves, learning rate 0.1, everything else as each library has it.
"""
import sys

import lightgbm
import numpy as np
import pandas as pd
import sklearn
import xgboost
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

import common

data = pd.read_csv(sys.argv[1])
cut = len(data) - round(len(data) * 0.2)
delay = data["dep_delay"].to_numpy()
targets = {
    "binary": (data["late"] == "yes").to_numpy().astype(int), "regression": delay,
    # Left early, left on time, left late.
    "multiclass": np.where(delay < -2, 0, np.where(delay <= 15, 1, 2)),
}
features = data.drop(columns=["late", "dep_delay", "time"])
for name in ("carrier", "origin", "dest"):
    features[name] = features[name].astype("category")
clock = pd.to_datetime(data["time"]).dt
features = features.assign(clock_hour=clock.hour, clock_weekday=clock.day_of_week, clock_month=clock.month)
train, held = features[:cut], features[cut:]


def quality(task, truth, answer):
    if task == "regression":
        return float(root_mean_squared_error(truth, answer))
    return float(roc_auc_score(truth, answer) if task == "binary" else log_loss(truth, answer))


def by_lightgbm(task, target):
    objective = {"binary": "binary", "regression": "regression", "multiclass": "multiclass"}[task]
    parameters = {"objective": objective, "num_leaves": 31, "learning_rate": 0.1, "num_threads": 2, "verbose": -1}
    if task == "multiclass":
        parameters["num_class"] = 3
    return lightgbm.train(parameters, lightgbm.Dataset(train, target[:cut]), num_boost_round=100).predict(held)


def by_xgboost(task, target):
    objective = {"binary": "binary:logistic", "regression": "reg:squarederror", "multiclass": "multi:softprob"}[task]
    parameters = {
        "objective": objective, "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 31, "max_depth": 0, "eta": 0.1, "nthread": 2}
    if task == "multiclass":
        parameters["num_class"] = 3
    model = xgboost.train(parameters, xgboost.DMatrix(train, target[:cut], enable_categorical=True), num_boost_round=100)
    return model.predict(xgboost.DMatrix(held, enable_categorical=True))


figures = {"rows": len(data), "trainRows": cut}
for task, target in targets.items():
    figures[task] = {
        "lightgbm": quality(task, target[cut:], by_lightgbm(task, target)), "xgboost": quality(task, target[cut:], by_xgboost(task, target))}
common.write("trees-quality.json", figures, lightgbm, np, pd, sklearn, xgboost)

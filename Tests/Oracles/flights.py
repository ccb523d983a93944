"""Quality on the whole year of flights: first 80 % to learn from, last 20 % to judge on, departure delay left out."""
import sys

import lightgbm
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import common

data = pd.read_csv(sys.argv[1])
cut = len(data) - round(len(data) * 0.2)
late = (data["late"] == "yes").to_numpy()
delay = data["dep_delay"].to_numpy()
features = data.drop(columns=["late", "dep_delay", "time"])
texts = ["carrier", "origin", "dest"]
numbers = [name for name in features.columns if name not in texts]
clock = pd.to_datetime(data["time"]).dt
parts = pd.DataFrame({"clock hour": clock.hour, "clock weekday": clock.day_of_week, "clock month": clock.month})
coded = features.copy()
features = features.join(parts)
columns = ColumnTransformer([
    ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numbers),
    ("texts", OneHotEncoder(handle_unknown="ignore"), texts + list(parts.columns)),
])
logistic = make_pipeline(columns, LogisticRegression(max_iter=1_000)).fit(features[:cut], late[:cut])
ridge = make_pipeline(columns, Ridge()).fit(features[:cut], delay[:cut])
for name in texts:
    coded[name] = coded[name].astype("category")
options = {"n_estimators": 100, "num_leaves": 31, "learning_rate": 0.1, "n_jobs": 1, "verbose": -1}
classifier = lightgbm.LGBMClassifier(**options).fit(coded[:cut], late[:cut])
regressor = lightgbm.LGBMRegressor(**options).fit(coded[:cut], delay[:cut])
common.write(
    "flights.json",
    {
        "trainRows": cut, "rows": len(data),
        "logisticAUC": float(roc_auc_score(late[cut:], logistic.predict_proba(features[cut:])[:, 1])),
        "ridgeDelayRMSE": float(root_mean_squared_error(delay[cut:], ridge.predict(features[cut:]))),
        "lightgbmAUC": float(roc_auc_score(late[cut:], classifier.predict_proba(coded[cut:])[:, 1])),
        "lightgbmDelayRMSE": float(root_mean_squared_error(delay[cut:], regressor.predict(coded[cut:]))),
        "meanDelayRMSE": float(root_mean_squared_error(delay[cut:], np.full(len(data) - cut, delay[:cut].mean()))),
    }, lightgbm, np, sklearn)

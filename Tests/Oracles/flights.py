"""Quality on the whole year of flights: first 80 % to learn from, last 20 % to judge on, departure delay left out."""
import sys

import lightgbm
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
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
logistic = make_pipeline(
    ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numbers),
        ("texts", OneHotEncoder(handle_unknown="ignore"), texts),
    ]), LogisticRegression(max_iter=1_000))
logistic.fit(features[:cut], late[:cut])
coded = features.copy()
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
        "lightgbmAUC": float(roc_auc_score(late[cut:], classifier.predict_proba(coded[cut:])[:, 1])),
        "lightgbmDelayRMSE": float(root_mean_squared_error(delay[cut:], regressor.predict(coded[cut:]))),
        "meanDelayRMSE": float(root_mean_squared_error(delay[cut:], np.full(len(data) - cut, delay[:cut].mean()))),
    }, lightgbm, np, sklearn)

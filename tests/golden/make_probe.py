"""Writes what scikit-learn says of small tables of numbers: python tests/golden/make_probe.py

Needs scikit-learn 1.9.1. probe/probe.json holds, for two, three and two lopsided classes, features, labels, the rows of the training
part, and of a logistic regression (L2, C = 0.1) on features standardised on that part the coefficients and the accuracy on the rest.
"""
import json
import os

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

HERE = os.path.dirname(os.path.abspath(__file__))


def case(random, n, width, n_classes, lopsided):
    shares = [0.85, 0.15] if lopsided else None
    labels = random.choice(n_classes, n, p=shares)
    centres = random.normal(0, 1.2, (n_classes, width))
    features = centres[labels] + random.normal(0, 1.5, (n, width)) * np.linspace(0.2, 5, width)
    # A feature that never changes has to be read as one.
    features[:, 0] = 2.5
    features = np.round(features, 4)
    train = np.sort(random.permutation(n)[: round(0.7 * n)])
    test = np.setdiff1d(np.arange(n), train)
    scaler = StandardScaler().fit(features[train])
    model = LogisticRegression(C=0.1, tol=1e-10, max_iter=100000).fit(scaler.transform(features[train]), labels[train])
    return {
        "features": features.tolist(),
        "labels": labels.tolist(),
        "train": train.tolist(),
        "coefficients": model.coef_.tolist(),
        "accuracy": model.score(scaler.transform(features[test]), labels[test]),
    }


random = np.random.default_rng(5)
cases = [case(random, 60, 6, 2, False), case(random, 70, 5, 3, False), case(random, 50, 40, 2, True)]
with open(os.path.join(HERE, "probe", "probe.json"), "w") as file:
    json.dump(cases, file, separators=(",", ":"))

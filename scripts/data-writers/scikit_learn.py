"""scikit-learn: its digits of 0..16, whose range has to be said, as CSV and as .npz."""

import json

import numpy as np
from examples import path, wrote
from sklearn.datasets import load_digits

digits = load_digits()
values, classes = digits.data.astype(int)[:200], digits.target[:200]
with open(path("digits.json"), "w") as out:
    json.dump([{"label": int(label), "pixels": row.tolist()} for label, row in zip(classes, values)], out)
header = "label," + ",".join(digits.feature_names)
rows = np.column_stack([classes, values])
np.savetxt(path("digits.csv"), rows, fmt="%d", delimiter=",", header=header, comments="")
np.savetxt(path("exponents.csv"), rows, delimiter=",", header=header, comments="")
np.savez_compressed(path("digits.npz"), data=digits.images[:200], target=classes)
for name, file in [
    ("savetxt of load_digits", "digits.csv"),
    ("savetxt in exponents", "exponents.csv"),
    ("savez_compressed of load_digits", "digits.npz"),
]:
    wrote(name, file, range="16", digest="digits.json")

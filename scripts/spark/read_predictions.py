"""Prints what examples/spark/predict.py has written, as JSON: a list of [path, label, scores, error], and how many executors wrote it."""

import json
import sys

import pyarrow.dataset

table = pyarrow.dataset.dataset(sys.argv[1], format="parquet").to_table()
rows = table.select(["path", "label", "scores", "error"]).to_pylist()
print(json.dumps([[row["path"], row["label"], row["scores"], row["error"]] for row in rows]))

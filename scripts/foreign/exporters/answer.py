"""Has Python's ONNX Runtime answer every case that is to be published, and notes the scores that a server must give."""

import glob
import json
import os
import sys

import numpy as np
import onnxruntime as ort


def softmax(rows):
    raised = np.exp(rows - rows.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def served(raw, case):
    """What is served of what a model gives: probabilities, or what each sigmoid says by itself."""
    rows = np.asarray(raw, "float64").reshape(case["images"], -1)
    if rows.shape[1] == 1 and len(case["labels"]) == 2:
        p = rows if case["kind"] != "logits" else 1 / (1 + np.exp(-rows))
        return np.concatenate([1 - p, p], 1)
    return softmax(rows) if case["kind"] == "logits" else rows


def answers(path, case):
    """The outputs for each image: all at once where the graph lets it, else one after the other."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = case.get("output") or session.get_outputs()[-1 if case.get("last") else 0].name
    batch = session.get_inputs()[0].shape[0]
    tensor = np.asarray(case["values"], case["dtype"]).reshape(case["shape"])
    step = batch if isinstance(batch, int) else len(tensor)
    feed = session.get_inputs()[0].name
    parts = []
    for at in range(0, len(tensor), step):
        given = tensor[at : at + step]
        padded = np.concatenate([given, np.repeat(given[-1:], step - len(given), 0)])
        out = session.run([name], {feed: padded})[0]
        if isinstance(out, list):
            out = np.asarray([[row[key] for key in row] for row in out])
        parts.append(out.reshape(step, -1)[: len(given)])
    return np.concatenate(parts)


folder = sys.argv[1]
for path in glob.glob(os.path.join(folder, "*.json")):
    with open(path) as file:
        case = json.load(file)
    if "refused" in case:
        continue
    raw = answers(os.path.join(folder, case["file"]), case)
    case["scores"] = served(raw, case).tolist()
    if case["own"] is not None:
        case["own"] = served(case["own"], case).tolist()
    del case["values"]
    with open(path, "w") as file:
        json.dump(case, file)

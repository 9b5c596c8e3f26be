"""Writes models of scikit-learn by skl2onnx, for npm run test:exporters: they take a row of pixels, 8 x 8 as in load_digits."""

import os
import sys
import warnings

import numpy as np
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from case import Images, note

(folder,) = sys.argv[1:]
warnings.filterwarnings("ignore")
rng = np.random.default_rng(1)
images = Images(8, 8, 1, layout="NC")
names = np.array(["ant", "bee", "cat"])
x = rng.random((120, 64)).astype("float32")
y = names[(x[:, :3] + 0.2).argmax(1)]


def write(name, model, labels=y, dtype="float32", zipmap=None, target=17, **what):
    model.fit(x, labels)
    name = f"skl2onnx-{name}"
    options = {} if zipmap is None else {"options": {id(model): {"zipmap": zipmap}}}
    kind = {"float32": np.float32, "float64": np.float64}[dtype]
    wrote = to_onnx(model, x[:1].astype(kind), target_opset=target, **options)
    path = os.path.join(folder, f"{name}.onnx")
    with open(path, "wb") as file:
        file.write(wrote.SerializeToString())
    given = np.asarray(images.values(), "float32")
    own = model.predict_proba(given)
    known = [str(label) for label in model.classes_]
    said = {"labels": known, "say_classes": False, "kind": "probabilities", "own": own.tolist(), **what}
    note(folder, name, f"{name}.onnx", images, ["--width", "8", "--height", "8"], last=True, **said)


write("logistic-regression", LogisticRegression())
write("logistic-regression-without-zipmap", LogisticRegression(), zipmap=False)
write("numbered-classes", LogisticRegression(), labels=(x[:, :3]).argmax(1))
write("two-classes", LogisticRegression(), labels=names[:2][(x[:, 0] > 0.5).astype(int)])
write("random-forest", RandomForestClassifier(12, random_state=1))
write("gradient-boosting", GradientBoostingClassifier(n_estimators=8, random_state=1))
write("naive-bayes", GaussianNB())
write("neighbours", KNeighborsClassifier(5))
write("perceptron", MLPClassifier([16], random_state=1, max_iter=50))
write("support-vectors", SVC(probability=True, random_state=1), tolerance=1e-4)
write("pipeline", make_pipeline(StandardScaler(), LogisticRegression()))
for target in (9, 12, 15, 18, 21):
    write(f"opset-{target}", LogisticRegression(), target=target)
# What skl2onnx writes here mixes both types, and no ONNX Runtime opens it.
write("float64", LogisticRegression(), dtype="float64", refused="ONNX Runtime cannot open it")

"""Predicts images inside of Spark, by a version that `glimpse export --format onnx` has written: no request leaves the cluster.

spark-submit --py-files glimpse_model.py predict.py MODEL.onnx IMAGES OUT [--parquet]

IMAGES is a folder of image files, or with --parquet a dataset with a struct `image` (bytes, path). OUT is Parquet with a row for each image: path,
label, score, scores (in the order of the classes), or error. An image that cannot be read is a row with its error, and ends nothing.
"""

import argparse
import os

import pandas
from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

SCHEMA = "path string, label string, score float, scores array<float>, error string"

# Of a worker of Python, which predicts one partition after the other.
_models = {}


def model_of(name):
    """The model, opened once by each worker."""
    if name not in _models:
        from glimpse_model import Model

        _models[name] = Model(SparkFiles.get(name))
    return _models[name]


def predictor(name):
    """What mapInPandas maps by: tables of path and content become tables of predictions."""

    def predict(tables):
        model = model_of(name)
        for table in tables:
            rows = []
            files = [bytes(content) for content in table["content"]]
            for path, answer in zip(table["path"], model.predict(files)):
                if isinstance(answer, Exception):
                    rows.append((path, None, None, None, str(answer)))
                    continue
                best = int(answer.argmax())
                rows.append((path, model.classes[best], float(answer[best]), answer.tolist(), None))
            yield pandas.DataFrame(rows, columns=["path", "label", "score", "scores", "error"])

    return predict


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model")
    arguments.add_argument("images")
    arguments.add_argument("out")
    arguments.add_argument("--parquet", action="store_true", help="IMAGES is a dataset with a struct `image`")
    given = arguments.parse_args()
    spark = (
        SparkSession.builder.appName("glimpse-predict")
        # Files are large beside numbers: fewer of them make a table.
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "256")
        .getOrCreate()
    )
    spark.sparkContext.addFile(given.model)
    if given.parquet:
        images = spark.read.parquet(given.images).select(col("image.path").alias("path"), col("image.bytes").alias("content"))
    else:
        images = spark.read.format("binaryFile").option("recursiveFileLookup", True).load(given.images).select("path", "content")
    predictions = images.mapInPandas(predictor(os.path.basename(given.model)), SCHEMA)
    predictions.write.mode("errorifexists").parquet(given.out)
    spark.stop()


if __name__ == "__main__":
    main()

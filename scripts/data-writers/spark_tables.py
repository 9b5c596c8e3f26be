"""PySpark: CSV, JSON and Parquet as parts, partitions by label, vectors of ML and its struct of an image."""

import os

from examples import folder, labels, path, pixels, png, side, wrote
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession
from pyspark.sql.functions import element_at, split

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
names = ["label", *[f"p{at}" for at in range(side * side)]]
rows = spark.createDataFrame([[label, *row] for label, row in zip(labels, pixels)], names).coalesce(1)
halves = rows.repartitionByRange(2, "label").sortWithinPartitions("label")
vectors = spark.createDataFrame(
    [(label, Vectors.dense([float(value) for value in row])) for label, row in zip(labels, pixels)], ["label", "features"]
).coalesce(1)
arrays = spark.createDataFrame(list(zip(labels, pixels)), ["label", "pixels"]).coalesce(1)

for name, file, save in [
    ("csv with headers", "csv", lambda out: rows.write.option("header", True).csv(out)),
    ("csv without headers, gzip", "bare", lambda out: rows.write.option("compression", "gzip").csv(out)),
    ("csv, bzip2", "bzip2", lambda out: rows.write.option("header", True).option("compression", "bzip2").csv(out)),
    ("csv, snappy", "snappy", lambda out: rows.write.option("header", True).option("compression", "snappy").csv(out)),
    ("json", "json", lambda out: rows.write.json(out)),
    ("json of arrays", "arrays-json", lambda out: arrays.write.json(out)),
    ("parquet", "parquet", lambda out: rows.write.parquet(out)),
    ("parquet of arrays", "arrays", lambda out: arrays.write.parquet(out)),
    ("parquet of ML vectors", "vectors", lambda out: vectors.write.parquet(out)),
    ("parquet, partitionBy label", "by-label", lambda out: rows.write.partitionBy("label").parquet(out)),
]:
    save(path(file))
    wrote(name, file)

for at, (label, row) in enumerate(zip(labels, pixels)):
    with open(path(f"images/{label}/{at:02}.png"), "wb") as out:
        out.write(png(row))
loaded = spark.read.format("image").load(str(folder / "images/*"))
labelled = loaded.withColumn("label", element_at(split("image.origin", "/"), -2).cast("int"))
labelled.coalesce(1).orderBy("image.origin").write.parquet(path("image-struct"))
wrote("parquet of its image struct", "image-struct", shape="8x8")
spark.stop()

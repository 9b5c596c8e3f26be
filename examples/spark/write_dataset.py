"""Writes a dataset that Glimpse trains on out of images that lie in folders named after their class, at any size that Spark takes.

spark-submit write_dataset.py IMAGES OUT [--compression zstd] [--partition-by-label]

OUT is Parquet with a struct `image` (bytes, path) and the column `label`, or a folder for each label. Then:
glimpse train OUT   or   POST /train {"dataset": {"uri": "s3://bucket/OUT/"}}
"""

import argparse

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, element_at, split, struct


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("images", help="a folder with a folder for each class (file:, s3a:, hdfs:, ...)")
    arguments.add_argument("out")
    arguments.add_argument("--compression", choices=["snappy", "zstd", "gzip", "none"], default="zstd")
    arguments.add_argument("--partition-by-label", action="store_true")
    given = arguments.parse_args()
    spark = SparkSession.builder.appName("glimpse-dataset").getOrCreate()
    files = spark.read.format("binaryFile").option("recursiveFileLookup", True).load(given.images)
    rows = files.select(
        struct(col("content").alias("bytes"), element_at(split(col("path"), "/"), -1).alias("path")).alias("image"),
        element_at(split(col("path"), "/"), -2).alias("label"),
    )
    writer = rows.write.mode("errorifexists").option("compression", given.compression)
    if given.partition_by_label:
        writer = writer.partitionBy("label")
    writer.parquet(given.out)
    spark.stop()


if __name__ == "__main__":
    main()

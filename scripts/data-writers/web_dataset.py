"""webdataset: a tar, and shards of it."""

import webdataset
from examples import folder, labels, path, png, pixels, wrote


def samples(member, value):
    for at, (label, row) in enumerate(zip(labels, pixels)):
        yield {"__key__": f"{at:06}", "png": png(row), member: value(label)}


for name, file, member, value in [
    ("TarWriter, .cls", "cls.tar", "cls", int),
    ("TarWriter, .txt", "txt.tar", "txt", str),
    ("TarWriter, .json", "json.tar", "json", lambda label: {"label": label}),
    ("TarWriter, .tar.gz", "cls.tar.gz", "cls", int),
]:
    with webdataset.TarWriter(path(file)) as sink:
        for sample in samples(member, value):
            sink.write(sample)
    wrote(name, file, shape="8x8")
path("shards/x")
with webdataset.ShardWriter(str(folder / "shards/train-%04d.tar"), maxcount=15, verbose=0) as sink:
    for sample in samples("cls", int):
        sink.write(sample)
wrote("ShardWriter", "shards", shape="8x8")

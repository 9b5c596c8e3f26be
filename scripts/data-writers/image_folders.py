"""Pillow: folders as torchvision's ImageFolder reads them, and Python's own archives of them."""

import bz2
import csv
import lzma
import shutil
import tarfile
import zipfile

from examples import folder, image, labels, path, pixels, wrote

for at, (label, row) in enumerate(zip(labels, pixels)):
    image(row).save(path(f"folders/{label}/{at:02}.png"))
    image(row).save(path(f"lossless/{label}/{at:02}.webp"), lossless=True)
    image(row).save(path(f"bitmaps/{label}/{at:02}.tiff"))
    image(row).save(path(f"listed/images/{at:02}.png"))
wrote("ImageFolder of PNG", "folders", shape="8x8")
wrote("ImageFolder of WebP", "lossless", shape="8x8")
wrote("ImageFolder of TIFF", "bitmaps", shape="8x8")
with open(path("listed/metadata.csv"), "w", newline="") as out:
    writer = csv.writer(out)
    writer.writerow(["file_name", "label"])
    writer.writerows([f"images/{at:02}.png", label] for at, label in enumerate(labels))
wrote("csv.writer's list of images", "listed", shape="8x8")
for kind in ["zip", "tar", "gztar", "bztar", "xztar"]:
    made = shutil.make_archive(path(f"archive-{kind}"), kind, folder / "folders")
    wrote(f"shutil.make_archive({kind})", made[len(str(folder)) + 1 :], shape="8x8")
with zipfile.ZipFile(path("lzma.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
    for file in sorted((folder / "folders").rglob("*.png")):
        with archive.open(str(file.relative_to(folder)), "w", force_zip64=True) as out:
            out.write(file.read_bytes())
wrote("zipfile, ZIP64", "lzma.zip", shape="8x8")
with tarfile.open(path("pax.tar"), "w", format=tarfile.PAX_FORMAT) as archive:
    archive.add(folder / "folders", "set")
wrote("tarfile, PAX", "pax.tar", shape="8x8")
rows = "".join(",".join(map(str, [label, *row])) + "\n" for label, row in zip(labels, pixels)).encode()
for name, file, pack in [("bz2.compress", "rows.csv.bz2", bz2.compress), ("lzma.compress", "rows.csv.xz", lzma.compress)]:
    half = len(rows) // 2
    with open(path(file), "wb") as out:
        out.write(pack(rows[:half]) + pack(rows[half:]))
    wrote(f"{name}, twice", file)

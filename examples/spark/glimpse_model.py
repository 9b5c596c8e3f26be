"""A version of Glimpse outside of Glimpse: the file of `glimpse export --format onnx`, with the preprocessing that it names.

The graph takes uint8 pixels [N, height, width, channels] and gives probabilities. How the pixels are found in a file of an image stands
in its metadata as a contract (docs/pixels.md); this module does what that says with Pillow, whose arithmetic it is, so that the pixels are
the server's to the byte. What cannot be done here as the server does it is refused by name: nothing is guessed.
"""

import io
import json
import math

import numpy as np
import onnxruntime
from PIL import Image, ImageCms, ImageOps

KERNELS = {
    ("nearest", False): Image.Resampling.NEAREST,
    ("linear", True): Image.Resampling.BILINEAR,
    ("cubic", True): Image.Resampling.BICUBIC,
    ("lanczos3", True): Image.Resampling.LANCZOS,
}


class Unsupported(Exception):
    """A contract, or a file, that only the server itself prepares."""


class Unreadable(Exception):
    """A file that is no image that could be read."""


class Preparer:
    """Brings files of images into the frame of a contract, as uint8 [height, width, channels] in RGB or grey."""

    def __init__(self, contract):
        if contract.get("contract") != 2:
            raise Unsupported("its preprocessing has the first form: publish it again, or let the server predict")
        for name, neutral in (("canonicalise", "none"), ("polarity", "as-is"), ("centring", "none")):
            value = contract.get(name, neutral)
            if value != neutral:
                raise Unsupported(
                    f"its preprocessing has {name} {value}, which only Glimpse does: "
                    "use POST /predict-jobs, or glimpse predict --out"
                )
        if contract.get("alpha") in ("ink", "keep"):
            raise Unsupported(f"its preprocessing has alpha {contract['alpha']}, which only Glimpse does")
        resize = contract["resize"]
        kernel = (resize["kernel"], resize["antialias"])
        if kernel not in KERNELS:
            how = "with" if kernel[1] else "without"
            raise Unsupported(f"its preprocessing resizes by {kernel[0]} {how} antialias, which Pillow does not do")
        if "shrinkOnLoadFrom" in contract:
            raise Unsupported("its preprocessing shrinks large files while they are decoded (shrinkOnLoadFrom)")
        self.contract = contract
        self.kernel = KERNELS[kernel]

    def pixels(self, file):
        """The pixels of one file, given as bytes."""
        try:
            image = Image.open(io.BytesIO(file))
            image.load()
        except Exception as error:
            raise Unreadable(f"no image that can be read: {error}") from error
        image = self._coloured(image)
        resize, frame = self.contract["resize"], (self.contract["width"], self.contract["height"])
        image = image.resize(_resized(resize, image.size), self.kernel)
        if "pad" in resize:
            canvas = _size(resize["size"]) if resize["mode"] == "contain" else frame
            image = _padded(image, resize["pad"], canvas, self._colour(resize["pad"]["colour"]))
        left, top = _crop(self.contract, image.size)
        image = image.crop((left, top, left + frame[0], top + frame[1]))
        return np.asarray(image).reshape(frame[1], frame[0], self.contract["channels"])

    def _coloured(self, image):
        """Upright, in sRGB, without transparency, grey or RGB."""
        profile = image.info.get("icc_profile")
        if image.mode in ("CMYK", "YCCK", "F", "I", "LAB", "HSV"):
            raise Unsupported(f"a file of the mode {image.mode} is read by Glimpse in a way of its own")
        if self.contract["exif"] == "apply":
            image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I;16"):
            # Samples of 16 bits lose their lower eight.
            image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        has_alpha = image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info
        if has_alpha:
            image = image.convert("RGBA")
            if self.contract["alpha"] != "drop":
                ground = Image.new("RGBA", image.size, (*self._colour(self.contract["alpha"]["flatten"]), 255))
                image = Image.alpha_composite(ground, image)
            image = image.convert("RGB")
        elif image.mode not in ("L", "RGB"):
            image = image.convert("L" if image.mode == "1" else "RGB")
        if self.contract["icc"] == "apply" and profile and image.mode == "RGB":
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
        return image.convert("L" if self.contract["channels"] == 1 else "RGB")


    def _colour(self, levels):
        """Levels in the order of RGB; those of a contract are in the order of its colours."""
        if levels == "border":
            return levels
        levels = list(levels) * (3 if len(levels) == 1 else 1)
        return tuple(levels[::-1] if self.contract["colourSpace"] == "bgr" else levels)


class Model:
    """An exported version: its classes, and the probabilities that it gives."""

    def __init__(self, path, threads=1):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        metadata = self.session.get_modelmeta().custom_metadata_map
        if "glimpse_preprocessing" not in metadata:
            raise Unsupported("the file was not exported by Glimpse (glimpse export --format onnx)")
        self.classes = json.loads(metadata["classes"])
        self.preparer = Preparer(json.loads(metadata["glimpse_preprocessing"]))
        self.input = self.session.get_inputs()[0].name

    def predict(self, files, batch_size=64):
        """For each file (bytes) its probabilities, or why there are none; as many as there are files."""
        answers = []
        for start in range(0, len(files), batch_size):
            answers += self._predict_batch(files[start : start + batch_size])
        return answers

    def _predict_batch(self, files):
        answers, pixels, places = [], [], []
        for place, file in enumerate(files):
            answers.append(None)
            try:
                pixels.append(self.preparer.pixels(file))
                places.append(place)
            except (Unreadable, Unsupported) as error:
                answers[place] = error
        if pixels:
            scores = self.session.run(None, {self.input: np.stack(pixels)})[0]
            for place, row in zip(places, scores):
                answers[place] = row
        return answers


def _size(size):
    return (size["width"], size["height"])


def _resized(resize, size):
    """The size after resizing; what follows from the other side is cut where something is cropped, and rounded where all is kept."""
    if resize["mode"] == "fill":
        return _size(resize["size"])
    side = resize["size"]
    width, height = (side, side) if isinstance(side, int) else _size(side)
    from_width, from_height = size
    if resize["mode"] in ("contain", "longer-side"):
        if width * from_height <= height * from_width:
            return (width, max(1, round(width * from_height / from_width)))
        return (max(1, round(height * from_width / from_height)), height)
    if width * from_height >= height * from_width:
        return (width, math.floor(width * from_height / from_width))
    return (math.floor(height * from_width / from_height), height)


def _padded(image, pad, canvas, colour):
    channels = 1 if image.mode == "L" else 3
    if colour == "border":
        colour = _border(np.asarray(image), channels)
    level = int(colour[0]) if channels == 1 else tuple(int(one) for one in colour)
    laid = Image.new(image.mode, canvas, level)
    room = (canvas[0] - image.size[0], canvas[1] - image.size[1])
    laid.paste(image, (room[0] // 2, room[1] // 2) if pad["align"] == "centre" else (0, 0))
    return laid


def _border(pixels, channels):
    """The median of the outermost pixels, channel by channel; corners count twice."""
    pixels = pixels.reshape(pixels.shape[0], pixels.shape[1], channels)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.sort(edge, axis=0)[pixels.shape[0] + pixels.shape[1] - 1]


def _crop(contract, canvas):
    """Where the frame lies on what was resized and padded."""
    resize, left, top, within = contract["resize"], 0, 0, canvas
    if resize["mode"] == "cover":
        within = _size(resize["size"])
        left, top = round((canvas[0] - within[0]) / 2), round((canvas[1] - within[1]) / 2)
    crop = contract.get("crop")
    if crop and crop["align"] == "centre":
        width, height = _size(crop["size"])
        left, top = left + round((within[0] - width) / 2), top + round((within[1] - height) / 2)
    return left, top

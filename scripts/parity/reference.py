"""What the trainers' own libraries make of the pictures of the corpus, for scripts/test-parity.ts.

python reference.py FOLDER writes the pictures into FOLDER/images, an array for each pipeline and picture beside them, and
FOLDER/pipelines.json, which says of each pipeline by which contract it is claimed to be matched.
"""

import importlib.metadata
import io
import json
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import cv2
import keras
import numpy as np
import tensorflow as tf
from keras.applications.imagenet_utils import preprocess_input
from PIL import Image, ImageCms, ImageOps

import corpus
import torchvision_without_torch

try:
    torchvision = torchvision_without_torch.load()
except (ImportError, AttributeError) as error:
    torchvision = None
    print(f"=== WITHOUT torchvision, whose resizing of images is Pillow's: {error} ===")
SIDE = 224
PIL_KERNELS = {
    "nearest": Image.Resampling.NEAREST,
    "linear": Image.Resampling.BILINEAR,
    "cubic": Image.Resampling.BICUBIC,
    "lanczos3": Image.Resampling.LANCZOS,
}
CV_KERNELS = {
    "nearest-floor": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic-0.75": cv2.INTER_CUBIC,
}
CV_NAMES = {"nearest-floor": "INTER_NEAREST", "linear": "INTER_LINEAR", "cubic-0.75": "INTER_CUBIC"}
TF_METHODS = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic", "lanczos3": "lanczos3"}
KERAS_LOAD = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic", "lanczos3": "lanczos"}

as_pillow = {"icc": "ignore", "exif": "ignore", "alpha": "drop"}
as_open_cv = {"icc": "ignore", "exif": "apply", "alpha": "drop"}


def resized(mode, size, kernel, antialias, **more):
    return {"mode": mode, "size": size, "kernel": kernel, "antialias": antialias, **more}


def square(side=SIDE):
    return {"width": side, "height": side}


def pillow(path):
    return Image.open(path).convert("RGB")


def open_cv(path):
    return cv2.cvtColor(cv2.imread(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def tensor_flow(path):
    return tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)


def letterboxed(image, interpolation, level, centred):
    height, width = image.shape[:2]
    ratio = min(SIDE / width, SIDE / height)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    image = cv2.resize(image, size, interpolation=interpolation)
    right, below = SIDE - size[0], SIDE - size[1]
    left, top = (right // 2, below // 2) if centred else (0, 0)
    border = (top, below - top, left, right - left)
    return cv2.copyMakeBorder(image, *border, cv2.BORDER_CONSTANT, value=(level,) * 3)


def torchvision_interpolation(name):
    modes = torchvision.InterpolationMode
    return {
        "nearest": modes.NEAREST,
        "linear": modes.BILINEAR,
        "cubic": modes.BICUBIC,
        "lanczos3": modes.LANCZOS,
    }[name]


def shorter_side(path, side, kernel):
    image = torchvision.resize(pillow(path), side, torchvision_interpolation(kernel))
    return torchvision.center_crop(image, [SIDE, SIDE])


def upright_srgb_on_white(path, side, mode="RGB"):
    """What the plain contract does: the file as a viewer shows it."""
    image = Image.open(path)
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    return np.asarray(image.convert(mode).resize((side, side), Image.Resampling.BILINEAR))


def is_for_eight_bits(name):
    """Pillow cuts 16-bit grey off at 255 instead of scaling it, and TensorFlow's decoder of WebP is another package."""
    return not name.startswith("deep")


# Why more may remain than the target.
UNROUNDED = "TensorFlow does not round what it resizes to levels, which is a quarter of a level in the mean."
FAST_IDCT = (
    "TensorFlow decodes JPEG with libjpeg's fast, inexact transform unless it is told "
    "`dct_method='INTEGER_ACCURATE'`, with which its pixels are equal to ours."
)
TIES = (
    "Where two pixels are equally near, TensorFlow's 32-bit floats fall on the other side than Pillow's, "
    "which the contract has."
)
OVERSHOOT = (
    "Pillow, and with it the contract, cuts at black and white what a kernel overshoots after each direction, "
    "TensorFlow only in the end."
)
CUT_DOWN = (
    "TensorFlow cuts the side that follows from the other down to whole pixels; the contract rounds it, as OpenCV's "
    "users and Pillow do. On some pictures one of them is a pixel longer."
)
CROP_FIRST = "Keras crops to the aspect first and resizes then; cover resizes first and crops then, as torchvision does."


def kernel_pipelines():
    for kernel, resample in PIL_KERNELS.items():
        yield (
            f"Pillow {Image.__version__}: resize, {resample.name}",
            {**as_pillow, "resize": resized("fill", square(), kernel, kernel != "nearest")},
            lambda path, resample=resample: pillow(path).resize((SIDE, SIDE), resample),
            is_for_eight_bits,
        )
    for kernel, interpolation in CV_KERNELS.items():
        yield (
            f"OpenCV {cv2.__version__}: resize, {CV_NAMES[kernel]}",
            {**as_open_cv, "resize": resized("fill", square(), kernel, False)},
            lambda path, i=interpolation: cv2.resize(open_cv(path), (SIDE, SIDE), interpolation=i),
            None,
        )
    for antialias in (False, True):
        for kernel, method in TF_METHODS.items():
            if antialias and kernel == "nearest":
                continue
            yield (
                f"TensorFlow {tf.__version__}: image.resize, {method}" + (", antialias" if antialias else ""),
                {**as_pillow, "resize": resized("fill", square(), kernel, antialias)},
                lambda path, m=method, a=antialias: tf.image.resize(
                    tensor_flow(path), (SIDE, SIDE), m, antialias=a
                ),
                is_for_eight_bits,
                *([TIES] if kernel == "nearest" else [UNROUNDED]),
                *([OVERSHOOT] if antialias else []),
                FAST_IDCT,
            )
    for kernel, interpolation in KERAS_LOAD.items():
        yield (
            f"Keras {keras.__version__}: utils.load_img, {interpolation}",
            {**as_pillow, "resize": resized("fill", square(), kernel, kernel != "nearest")},
            lambda path, i=interpolation: keras.utils.load_img(
                path, target_size=(SIDE, SIDE), interpolation=i
            ),
            is_for_eight_bits,
        )


def torchvision_pipelines():
    for kernel in PIL_KERNELS:
        yield (
            f"torchvision {torchvision_version()}: Resize(256), CenterCrop(224), {kernel}",
            {
                **as_pillow,
                "resize": resized("shorter-side", 256, kernel, kernel != "nearest"),
                "crop": {"size": square(), "align": "centre"},
            },
            lambda path, kernel=kernel: shorter_side(path, 256, kernel),
            is_for_eight_bits,
        )
    yield (
        f"torchvision {torchvision_version()}: Resize(224), CenterCrop(224)",
        {**as_pillow, "resize": resized("cover", square(), "linear", True)},
        lambda path: shorter_side(path, SIDE, "linear"),
        is_for_eight_bits,
    )


def mode_pipelines():
    if torchvision:
        yield from torchvision_pipelines()
    for kernel, interpolation in CV_KERNELS.items():
        yield (
            f"OpenCV {cv2.__version__}: letterbox of 114, {CV_NAMES[kernel]}",
            {
                **as_open_cv,
                "resize": resized(
                    "contain", square(), kernel, False, pad={"colour": [114] * 3, "align": "centre"}
                ),
            },
            lambda path, i=interpolation: letterboxed(open_cv(path), i, 114, True),
            None,
        )
    yield (
        f"OpenCV {cv2.__version__}: longest side, padded below and right",
        {
            **as_open_cv,
            "resize": resized(
                "longer-side", SIDE, "linear", False, pad={"colour": [0] * 3, "align": "top-left"}
            ),
        },
        lambda path: letterboxed(open_cv(path), cv2.INTER_LINEAR, 0, False),
        None,
    )
    yield (
        f"TensorFlow {tf.__version__}: image.resize_with_pad",
        {
            **as_pillow,
            "resize": resized(
                "contain", square(), "linear", False, pad={"colour": [0] * 3, "align": "centre"}
            ),
        },
        lambda path: tf.image.resize_with_pad(tensor_flow(path), SIDE, SIDE),
        is_for_eight_bits,
        CUT_DOWN,
        UNROUNDED,
        FAST_IDCT,
    )
    yield (
        f"Keras {keras.__version__}: crop_to_aspect_ratio",
        {**as_pillow, "resize": resized("cover", square(), "linear", False)},
        lambda path: keras.preprocessing.image.smart_resize(tensor_flow(path), (SIDE, SIDE)),
        is_for_eight_bits,
        CROP_FIRST,
        UNROUNDED,
        FAST_IDCT,
    )


def preset_pipelines():
    def normalised(image):
        mean, std = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
        return (np.asarray(image).astype(np.float32) / 255 - mean) / std

    if torchvision:
        yield (
            f"torchvision {torchvision_version()}: the transforms of its ImageNet weights",
            {"preset": "imagenet-torchvision"},
            lambda path: normalised(shorter_side(path, 256, "linear")),
            is_for_eight_bits,
        )
    for mode in ("caffe", "tf", "torch"):
        yield (
            f"Keras {keras.__version__}: load_img and preprocess_input, {mode}",
            {"preset": f"imagenet-keras-{mode}"},
            lambda path, mode=mode: preprocess_input(
                keras.utils.img_to_array(keras.utils.load_img(path, target_size=(SIDE, SIDE))), mode=mode
            ),
            is_for_eight_bits,
        )
    yield (
        f"Pillow {Image.__version__}: grey, 28 x 28, 0 to 1",
        {"preset": "mnist"},
        lambda path: upright_srgb_on_white(path, 28, "L").astype(np.float32) / 255,
        is_for_eight_bits,
    )
    yield (
        f"Pillow {Image.__version__}: as a viewer shows it, 0 to 1",
        {"preset": "plain"},
        lambda path: upright_srgb_on_white(path, SIDE).astype(np.float32) / 255,
        is_for_eight_bits,
    )


def torchvision_version():
    return importlib.metadata.version("torchvision")


def main(folder):
    warnings.filterwarnings("ignore")
    images = os.path.join(folder, "images")
    names = corpus.write(images)
    written = []
    pipelines = [
        *(("kernel", *pipeline) for pipeline in kernel_pipelines()),
        *(("mode", *pipeline) for pipeline in mode_pipelines()),
        *(("preset", *pipeline) for pipeline in preset_pipelines()),
    ]
    for number, (what, name, contract, prepare, is_for, *reasons) in enumerate(pipelines):
        arrays = []
        for image in names:
            if is_for is not None and not is_for(image):
                continue
            array = np.asarray(prepare(os.path.join(images, image)))
            array = array[..., None] if array.ndim == 2 else array
            file = f"{number}-{image}.npy"
            np.save(os.path.join(folder, file), array.astype(np.uint8 if array.dtype == np.uint8 else np.float32))
            arrays.append({"image": image, "file": file})
        written.append(
            {
                "what": what,
                "name": name,
                "contract": contract,
                "reasons": reasons,
                "arrays": arrays,
            }
        )
    with open(os.path.join(folder, "pipelines.json"), "w") as file:
        json.dump(written, file)


main(sys.argv[1])

"""Writes a model for each layer, option and operation of Keras, with what Keras answers to it, for npm run test:keras."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
from keras import layers as L

out = sys.argv[1]
keras.utils.set_random_seed(1)
rng = np.random.default_rng(0)


def shake(m):
    ws = []
    for v in m.variables:
        if "seed" in v.path or not str(v.dtype).startswith("float"):
            continue
        a = rng.normal(0, 0.5, v.shape).astype("float32")
        if "variance" in v.path:
            a = np.abs(a) + 0.3
        v.assign(a)


def save(name, m, h5=True, x=None, kind="small"):
    shake(m)
    shape = [2] + [9 if d is None else d for d in m.input_shape[1:]]
    if x is None:
        x = rng.normal(0, 1, shape).astype("float32")
    [l.finalize_state() for l in m.layers if isinstance(l, L.Normalization) and l.input_mean is None]
    y = np.asarray(m(x, training=False))
    p = f"{out}/{name}"
    m.save(p + ".keras")
    if h5:
        try:
            m.save(p + ".h5")
        except Exception as e:
            print("no h5", name, e)
    x.astype("<f4").tofile(p + ".in")
    y.astype("<f4").tofile(p + ".out")
    json.dump({"input": list(x.shape)}, open(p + ".meta", "w"))


S = keras.Sequential


def seq(name, shape, *ls, **k):
    save(name, S([keras.Input(shape), *ls]), **k)


i = (9, 7, 3)
for pad in ["same", "valid"]:
    for s in [1, 2, 3]:
        for k in [1, 2, 3, (5, 2)]:
            seq(f"conv_{pad}_{s}_{k}".replace(" ", ""), i, L.Conv2D(4, k, strides=s, padding=pad))
            seq(
                f"dw_{pad}_{s}_{k}".replace(" ", ""),
                i,
                L.DepthwiseConv2D(k, strides=s, padding=pad, depth_multiplier=2),
                h5=False,
            )
            seq(f"convt_{pad}_{s}_{k}".replace(" ", ""), i, L.Conv2DTranspose(4, k, strides=s, padding=pad), h5=False)
        seq(f"max_{pad}_{s}", i, L.MaxPooling2D(3, strides=s, padding=pad), h5=False)
        seq(f"avg_{pad}_{s}", i, L.AveragePooling2D(3, strides=s, padding=pad), h5=False)
seq("dil", i, L.Conv2D(4, 3, dilation_rate=2, padding="same"))
seq("dilv", i, L.Conv2D(4, 3, dilation_rate=2))
seq("group", (8, 8, 6), L.Conv2D(9, 3, groups=3))
seq("nobias", i, L.Conv2D(3, 3, use_bias=False))
seq("sep", i, L.SeparableConv2D(5, 3, strides=2, depth_multiplier=2, padding="same"))
seq("gap", i, L.GlobalAveragePooling2D())
seq("gapk", i, L.Conv2D(4, 3), L.GlobalAveragePooling2D(keepdims=True))
seq("gmp", i, L.GlobalMaxPooling2D())
seq("dense", (11,), L.Dense(7), L.Dense(3, use_bias=False))
seq("densehw", i, L.Dense(4))
seq("mnist", (9, 7), L.Flatten(), L.Dense(8, activation="relu"), L.Dropout(0.3), L.Dense(4))
seq("flat", i, L.Conv2D(4, 3), L.Flatten(), L.Dense(5, activation="softmax"))
seq("reshape", i, L.Reshape((7, 9, -1)), L.Conv2D(2, 2))
seq("permute", i, L.Permute((3, 1, 2)), L.Conv2D(2, 2))
seq("permute2", i, L.Conv2D(5, 1), L.Permute((2, 1, 3)), L.Flatten())
seq("zp", i, L.Conv2D(2, 1), L.ZeroPadding2D(((1, 2), (3, 0))))
seq("zp1", i, L.ZeroPadding2D(1))
seq("zp2", i, L.ZeroPadding2D((1, 2)))
seq("crop", i, L.Cropping2D(((1, 2), (0, 1))))
seq("up", i, L.UpSampling2D((2, 3)))
seq("upb", i, L.UpSampling2D(2, interpolation="bilinear"))
seq("bn", i, L.BatchNormalization())
seq("bnd", (6,), L.BatchNormalization(scale=False))
seq("bnc", i, L.Conv2D(4, 3, use_bias=False), L.BatchNormalization(center=False), L.ReLU())
seq("bn3", (9, 7), L.BatchNormalization())
seq("ln", i, L.LayerNormalization())
seq("lnc", i, L.Conv2D(4, 1), L.LayerNormalization(epsilon=1e-6))
seq("ln2", i, L.LayerNormalization(axis=[1, 2, 3], scale=False))
seq("gn", (5, 4, 6), L.GroupNormalization(3))
seq("gni", (5, 4, 6), L.Conv2D(6, 1), L.GroupNormalization(-1))
seq("un", i, L.Conv2D(4, 1), L.UnitNormalization())
seq("un1", (7,), L.UnitNormalization())
for a in [
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "swish",
    "hard_silu",
    "hard_swish",
    "hard_sigmoid",
    "sigmoid",
    "tanh",
    "softmax",
    "log_softmax",
    "softplus",
    "softsign",
    "exponential",
    "mish",
]:
    seq("act_" + a, i, L.Conv2D(4, 1), L.Activation(a))
    seq("dact_" + a, (6,), L.Dense(5, activation=a), h5=False)
seq("relu_a", i, L.ReLU(max_value=1.0))
seq("relu_b", i, L.ReLU(max_value=1.0, negative_slope=0.2))
seq("relu_c", i, L.Conv2D(3, 1), L.ReLU(negative_slope=0.2, threshold=0.5))
seq("relu_d", i, L.ReLU(threshold=0.5, max_value=0.7))
seq("lrelu", i, L.LeakyReLU())
seq("lrelu2", i, L.LeakyReLU(negative_slope=0.1))
seq("prelu", i, L.PReLU())
seq("prelu2", i, L.Conv2D(4, 1), L.PReLU(shared_axes=[1, 2]))
seq("preludense", (5,), L.PReLU())
seq("elu2", i, L.ELU(0.5))
seq("softmaxl", i, L.Softmax())
seq("softmax1", i, L.Conv2D(3, 1), L.Softmax(axis=1))
seq("resc", i, L.Rescaling(1 / 127.5, offset=-1), L.Conv2D(2, 1))
seq("resc2", i, L.Rescaling([1.0, 2, 3], offset=[0.1, 0.2, 0.3]))
seq("norm", i, L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2, 3]))
nl = L.Normalization()
seq("normw", i, nl)
seq("normall", i, L.Normalization(axis=None, mean=3.0, variance=2.0))
seq("rs", i, L.Resizing(5, 6))
seq("rs2", i, L.Resizing(18, 20))
seq("rsn", i, L.Resizing(5, 6, interpolation="nearest"))
seq("rsn2", i, L.Resizing(19, 15, interpolation="nearest"))
seq("rsc", i, L.Resizing(6, 6, crop_to_aspect_ratio=True))
seq("cc", i, L.CenterCrop(4, 5))
seq("cc2", i, L.CenterCrop(12, 5))
seq(
    "idle",
    i,
    L.RandomFlip(),
    L.RandomRotation(0.1),
    L.RandomZoom(0.1),
    L.RandomContrast(0.1),
    L.GaussianNoise(0.2),
    L.SpatialDropout2D(0.1),
    L.ActivityRegularization(0.1),
    h5=False,
)


def fun(name, shape, f, **k):
    a = keras.Input(shape)
    save(name, keras.Model(a, f(a)), **k)


c = lambda x, n=4: L.Conv2D(n, 1)(x)
fun("add", i, lambda a: L.Add()([c(a), c(a), c(a)]))
fun("mul", i, lambda a: L.Multiply()([c(a), L.GlobalAveragePooling2D(keepdims=True)(c(a))]))
fun("sub", i, lambda a: L.Subtract()([c(a), a[..., :1]]))
fun("avgm", i, lambda a: L.Average()([c(a), c(a), c(a)]))
fun("maxm", i, lambda a: L.Maximum()([c(a), c(a)]))
fun("minm", i, lambda a: L.Minimum()([c(a), c(a)]))
fun("cat", i, lambda a: L.Concatenate()([c(a, 2), c(a, 3)]))
fun("cat1", i, lambda a: L.Concatenate(axis=1)([c(a, 2), c(a, 2)]))
fun("catd", (5,), lambda a: L.concatenate([L.Dense(3)(a), L.Dense(2)(a)]))


def shared(a):
    d = L.Conv2D(3, 1)
    return L.Add()([d(a), d(d(a))])


fun("shared", i, shared)


def nested(a):
    b = keras.Input((9, 7, 3))
    inner = keras.Model(b, L.BatchNormalization()(L.Conv2D(3, 3, padding="same")(b)), name="inner")
    s = S([L.Conv2D(3, 1), L.ReLU(), S([L.Conv2D(3, 1)])], name="s")
    return L.Dense(2)(L.Flatten()(inner(s(inner(a)))))


fun("nested", i, nested)
fun("ops", i, lambda a: keras.ops.mean((a / 127.5 - 1.0) * 2 + keras.ops.maximum(a, 0), axis=(1, 2)))
fun("ops2", i, lambda a: keras.ops.relu6(-a[:, 1:-1:2, ::-1, ::-1] + 3.0))
fun("ops3", i, lambda a: keras.ops.mean(L.Conv2D(4, 1)(a), axis=-1, keepdims=True))
fun("ops4", i, lambda a: keras.ops.reshape(keras.ops.transpose(L.Conv2D(4, 1)(a), (0, 3, 1, 2)), (-1, 4, 63)))
fun("ops5", i, lambda a: 1.0 - keras.ops.sum(L.Conv2D(4, 1)(a), axis=1))
fun("ops6", i, lambda a: keras.ops.concatenate([a, keras.ops.clip(a, 0, 1)], axis=2))
fun("prep", i, lambda a: keras.applications.mobilenet_v2.preprocess_input(a))
fun(
    "prepc",
    i,
    lambda a: L.Conv2D(2, 1)(keras.applications.vgg16.preprocess_input(a)),
)
fun("prept", i, lambda a: keras.applications.densenet.preprocess_input(a))
seq("open", (None, None, 3), L.Conv2D(4, 3, padding="same", strides=2), L.GlobalAveragePooling2D())
m = S([keras.Input(i), L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dense(3)])
save("wj", m)
open(out + "/wj.json", "w").write(m.to_json())
m.save_weights(out + "/wj.weights.h5")

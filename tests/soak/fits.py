"""A campaign: random small models, trained as programs and as plain Python, end with equal weights.

python -m tests.soak.fits --fits 300 --seed 0    # seconds each, most of them for compiling

A fit is a random model, loss, optimizer with its options, metrics, data with a remainder, weights,
and callbacks. It is run eagerly, by the NumPy engine and as native code, these step by step and
many steps in one call. Step by step and at once have to agree bit for bit: weights, optimizer,
metrics and history; so have the same run again, and one that was interrupted and resumed from a
backup; the engines within what reordered sums may differ by.

With ``--digests`` the bits of each run are shown as a checksum: the same on a machine that does
other things, too.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn
from nn import layers
from nn.training import dispatch

RELATIVE = {"float64": 1e-7, "float32": 2e-3}

# Metrics that count predictions: where two scores are all but equal, the last digits decide one.
COUNTING = re.compile(r"accuracy|f1_score|precision|recall|auc|true_positives")


class EachBatch(nn.Callback):
    """Asks for batches, so that steps are run one by one."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.last = batch

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.last = batch


class StoppedError(Exception):
    """What ends a run that is resumed later."""


class Interrupt(nn.Callback):
    """Ends a run where a function of the epoch and the batch, None for its end, says so."""

    def __init__(self, ends: Callable[[int, int | None], bool]) -> None:
        self.ends = ends
        self.epoch = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch + 1
        if self.ends(epoch, None):
            raise StoppedError


class InterruptWithin(Interrupt):
    """The same, which asks for batches."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.ends(self.epoch, batch):
            raise StoppedError


@dataclass(frozen=True)
class Sawtooth(nn.schedules.LearningRateSchedule):
    """A schedule of the user's."""

    rate: float

    def __call__(self, step: int) -> float:
        return self.rate * (1 - step % 4 / 5)


@dataclass
class Fit:
    """One training, which can be run again and again.

    Attributes:
        make: a new compiled model, for the keywords that choose the engine.
        how: the arguments of `fit`.
        callbacks: new ones, for each run.
        text: what was drawn, to be read.
        close: False if rounding decides more than the last digits, as signs of gradients do.
        dtype: of the model.
        stop: where a run is interrupted: the epoch and the batch, None for its end; None if never.
    """

    make: Callable[[dict[str, Any]], Any]
    how: dict[str, Any]
    callbacks: Callable[[], list[Any]]
    text: str
    close: bool
    dtype: str
    stop: tuple[int, int | None] | None


class Draw:
    """A generator of choices, which remembers them as text."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.text: list[str] = []

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def one(self, options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def made(self, options: dict[str, Callable[[], Any]]) -> Callable[[], Any]:
        """The maker under a random name."""
        name = self.one(list(options))
        self.text.append(name)
        return options[name]


# -- models ----------------------------------------------------------------------------------------


def _body(draw: Draw, kind: str, d: dict[str, Any]) -> list[Callable[[], Any]]:
    """The makers of layers that take an input of a kind to features."""
    activation = draw.one(["relu", "tanh", "gelu", "sigmoid", "silu", "linear", "softplus"])
    if kind == "image":
        makers = [draw.made(_images(activation, d)) for _ in range(int(draw.rng.integers(1, 3)))]
        return [*makers, draw.made(_FLATTEN)]
    if kind in ("sequence", "tokens"):
        makers = [draw.made(_sequences(activation, d)) for _ in range(int(draw.rng.integers(0, 2)))]
        return [*makers, draw.made(_ends(d))]
    return [draw.made(_flat(activation, d)) for _ in range(int(draw.rng.integers(0, 4)))]


_FLATTEN: dict[str, Callable[[], Any]] = {
    "Flatten": layers.Flatten,
    "GlobalAveragePooling2D": layers.GlobalAveragePooling2D,
    "GlobalMaxPooling2D": layers.GlobalMaxPooling2D,
}


def _images(activation: str, d: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    return {
        "Conv2D": lambda: layers.Conv2D(3, 3, padding="same", activation=activation, **d),
        "Conv2D valid": lambda: layers.Conv2D(2, 2, activation=activation, **d),
        "Conv2D strided": lambda: layers.Conv2D(3, 3, strides=2, padding="same", **d),
        "DepthwiseConv2D": lambda: layers.DepthwiseConv2D(2, padding="same", **d),
        "MaxPooling2D": lambda: layers.MaxPooling2D(2, padding="same", **d),
        "AveragePooling2D": lambda: layers.AveragePooling2D(2, padding="same", **d),
        "BatchNormalization": lambda: layers.BatchNormalization(**d),
        "Conv2D max norm": lambda: layers.Conv2D(2, 3, kernel_constraint="max_norm", **d),
        "SpatialDropout2D": lambda: layers.SpatialDropout2D(0.2, **d),
        "GaussianDropout": lambda: layers.GaussianDropout(0.2, **d),
        "RandomFlip": lambda: layers.RandomFlip(**d),
        "RandomContrast": lambda: layers.RandomContrast(0.3, **d),
        "RandomTranslation": lambda: layers.RandomTranslation(0.2, 0.2, **d),
        "UpSampling2D": lambda: layers.UpSampling2D(2, **d),
    }


def _sequences(activation: str, d: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    return {
        "LSTM sequences": lambda: layers.LSTM(4, return_sequences=True, **d),
        "GRU sequences": lambda: layers.GRU(3, return_sequences=True, **d),
        "SimpleRNN sequences": lambda: layers.SimpleRNN(3, return_sequences=True, **d),
        "attention": lambda: _attention(d, causal=False),
        "causal attention": lambda: _attention(d, causal=True),
        "Dense": lambda: layers.Dense(4, activation, **d),
        "LayerNormalization": lambda: layers.LayerNormalization(**d),
        "Dropout": lambda: layers.Dropout(0.2, **d),
        "SpatialDropout1D": lambda: layers.SpatialDropout1D(0.3, **d),
        "GaussianNoise": lambda: layers.GaussianNoise(0.1, **d),
    }


def _attention(d: dict[str, Any], *, causal: bool) -> Any:
    """A Dense layer of four features, and a block of a transformer."""
    x = nn.Input((None, 4), dtype=d["dtype"])
    normal = layers.LayerNormalization(**d)(x)
    y = x + layers.MultiHeadAttention(2, 2, **d)(normal, normal, use_causal_mask=causal)
    block = nn.Model(x, y + layers.Dense(4, "gelu", **d)(layers.LayerNormalization(**d)(y)))
    return nn.Sequential([layers.Dense(4, **d), block])


def _ends(d: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    return {
        "LSTM": lambda: layers.LSTM(4, **d),
        "GRU backwards": lambda: layers.GRU(3, go_backwards=True, **d),
        "Bidirectional": lambda: layers.Bidirectional(layers.GRU(2, **d)),
        "GRU dropout": lambda: layers.GRU(3, recurrent_dropout=0.3, **d),
        "LSTM dropout": lambda: layers.LSTM(3, dropout=0.2, recurrent_dropout=0.2, **d),
        "GlobalAveragePooling1D": lambda: layers.GlobalAveragePooling1D(**d),
    }


def _flat(activation: str, d: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    return {
        "Dense": lambda: layers.Dense(7, activation, **d),
        "Dense l2": lambda: layers.Dense(5, activation, kernel_regularizer="l2", **d),
        "Dense l1": lambda: layers.Dense(5, kernel_regularizer="l1", bias_regularizer="l2", **d),
        "Dense non-negative": lambda: layers.Dense(5, kernel_constraint="non_neg", **d),
        "Dense max norm": lambda: layers.Dense(4, kernel_constraint=nn.constraints.MaxNorm(1), **d),
        "Dense unit norm": lambda: layers.Dense(4, kernel_constraint="unit_norm", **d),
        "BatchNormalization": lambda: layers.BatchNormalization(momentum=0.8, **d),
        "LayerNormalization": lambda: layers.LayerNormalization(**d),
        "Dropout": lambda: layers.Dropout(0.3, **d),
        "Dropout of rows": lambda: layers.Dropout(0.3, noise_shape=(None, 1), **d),
        "Dropout of the global generator": lambda: layers.Dropout(
            0.3, seed=nn.random.generator(), **d
        ),
        "Dropout of MT19937": lambda: layers.Dropout(
            0.3, seed=np.random.Generator(np.random.MT19937(1)), **d
        ),
        "AlphaDropout": lambda: layers.AlphaDropout(0.2, **d),
        "GaussianDropout": lambda: layers.GaussianDropout(0.2, **d),
        "GaussianNoise": lambda: layers.GaussianNoise(0.1, **d),
        "ActivityRegularization": lambda: layers.ActivityRegularization(l2=0.01, **d),
        "PReLU": lambda: layers.PReLU(**d),
    }


SHAPES = {"flat": (6,), "image": (5, 5, 2), "sequence": (5, 3), "tokens": (6,)}


def _inputs(draw: Draw, kind: str, rows: int, dtype: str) -> Any:
    if kind != "tokens":
        return draw.rng.standard_normal((rows, *SHAPES[kind])).astype(dtype)
    tokens = draw.rng.integers(1, 9, (rows, 6))
    return tokens * (np.arange(6) < draw.rng.integers(1, 7, (rows, 1)))


def _first(kind: str, d: dict[str, Any], mask: bool) -> list[Callable[[], Any]]:
    if kind == "tokens":
        return [lambda: layers.Embedding(9, 4, mask_zero=mask, **d)]
    return [lambda: layers.Masking(0.0, **d)] if kind == "sequence" and mask else []


# -- losses and metrics ----------------------------------------------------------------------------

CLASSES = ["accuracy", "sparse_top_k_categorical_accuracy", "sparse_categorical_crossentropy"]
BINARY = ["accuracy", "precision", "recall", "auc", "binary_crossentropy", "TruePositives"]
NUMBERS = ["mae", "mse", "root_mean_squared_error", "cosine_similarity", "R2Score"]


def _task(draw: Draw, rows: int, dtype: str) -> tuple[Any, int, str | None, Any, Any]:
    """Targets, units and activation of the last layer, the loss and the metrics."""
    task = draw.one(["classes", "one-hot", "binary", "numbers"])
    if task in ("classes", "one-hot"):
        y = draw.rng.integers(0, 3, rows)
        if task == "one-hot":
            hot = np.eye(3, dtype=dtype)[y]
            smooth = draw.one([0.0, 0.1])
            loss = ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": smooth})
            return hot, 3, None, loss, ["accuracy", "f1_score"]
        if draw.chance(0.5):
            return y, 3, "softmax", ("SparseCategoricalCrossentropy", {}), CLASSES
        return y, 3, None, ("SparseCategoricalCrossentropy", {"from_logits": True}), CLASSES[:2]
    if task == "binary":
        y = draw.rng.integers(0, 2, (rows, 1)).astype(dtype)
        if draw.chance(0.5):
            return y, 1, "sigmoid", ("BinaryCrossentropy", {}), BINARY
        loss = draw.one(["BinaryFocalCrossentropy", "BinaryCrossentropy"])
        return y, 1, None, (loss, {"from_logits": True}), ["binary_accuracy"]
    loss = draw.one(["MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh"])
    return draw.rng.standard_normal((rows, 2)).astype(dtype), 2, None, (loss, {}), NUMBERS


# -- optimizers ------------------------------------------------------------------------------------

OPTIMIZERS: dict[str, dict[str, list[Any]]] = {
    "SGD": {"momentum": [0.0, 0.9], "nesterov": [False, True]},
    "Adam": {"amsgrad": [False, True]},
    "AdamW": {"weight_decay": [0.01, 0.1]},
    "RMSprop": {"centered": [False, True], "momentum": [0.0, 0.9]},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "Nadam": {},
    "Lion": {},
    "Muon": {"exclude_layers": [None, ["dense"]], "nesterov": [False, True]},
}


def _optimizer(draw: Draw, can_raise: bool) -> Callable[[], Any]:
    name = draw.one(list(OPTIMIZERS))
    options = {key: draw.one(values) for key, values in OPTIMIZERS[name].items()}
    if options.get("nesterov") and not options.get("momentum", 1):
        del options["nesterov"]
    if draw.chance(0.4):
        key = draw.one(["clipnorm", "clipvalue", "global_clipnorm"])
        options[key] = draw.one([0.05, 0.5, 5.0])
    if draw.chance(0.3):
        options |= {"use_ema": True, "ema_momentum": 0.9}
        options["ema_overwrite_frequency"] = draw.one([None, 3, 100])
    if draw.chance(0.25):
        options["gradient_accumulation_steps"] = draw.one([2, 3])
    if draw.chance(0.2) and name not in ("AdamW", "Muon"):
        options["weight_decay"] = 0.01
    rate = draw.one([0.001, 0.01, 0.05])
    schedule = draw.one(
        [
            *[None] * 3, "ExponentialDecay", "CosineDecay", "PiecewiseConstantDecay", "Polynomial",
            "Sawtooth", "function",
        ]
    )  # fmt: skip
    draw.text.append(f"{name}({rate} {schedule} {options})")

    def rate_of() -> Any:
        match schedule if not can_raise else None:
            case "ExponentialDecay":
                return nn.schedules.ExponentialDecay(rate, 5, 0.7, staircase=True)
            case "CosineDecay":
                return nn.schedules.CosineDecay(rate, 20, warmup_steps=3, warmup_target=2 * rate)
            case "PiecewiseConstantDecay":
                return nn.schedules.PiecewiseConstantDecay([4, 9], [rate, rate / 2, rate / 5])
            case "Polynomial":
                return nn.schedules.PolynomialDecay(rate, 15, power=2.0, cycle=True)
            case "Sawtooth":
                return Sawtooth(rate)
            case "function":
                return lambda: rate
        return rate

    return lambda: getattr(nn.optimizers, name)(rate_of(), **options)


# -- a fit -----------------------------------------------------------------------------------------


class Evaluate(nn.Callback):
    """Runs the model between two epochs."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        first = next(iter(self.model.inputs))
        x = np.ones((3, *first.shape[1:]), first.dtype)
        logs["outside"] = float(np.sum(self.model.predict(x, verbose=0)))


class Assign(nn.Callback):
    """Changes weights before an epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for variable in self.model.trainable_variables:
            variable.assign(variable * 0.95)


def _callbacks(draw: Draw) -> tuple[list[str], Callable[[], list[Any]]]:
    kinds = ("stop", "plateau", "scheduler", "look", "nan", "batches", "evaluate", "assign")
    names = [name for name in kinds if draw.chance(0.1)]

    def looked(epoch: int, logs: dict[str, Any]) -> None:
        logs["looked"] = float(epoch)

    makers: dict[str, Callable[[], Any]] = {
        "stop": lambda: nn.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True),
        "plateau": lambda: nn.callbacks.ReduceLROnPlateau("loss", 0.5, patience=1),
        "scheduler": lambda: nn.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        "look": lambda: nn.callbacks.LambdaCallback(on_epoch_end=looked),
        "nan": lambda: nn.callbacks.TerminateOnNaN(),
        "batches": lambda: nn.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None),
        "evaluate": Evaluate,
        "assign": Assign,
    }
    draw.text += names
    return names, lambda: [makers[name]() for name in names]


def random_fit(seed: int) -> Fit:
    """The fit of a seed."""
    draw = Draw(seed)
    kind = draw.one(list(SHAPES))
    dtype = draw.one(["float32", "float32", "float64"])
    d = {"dtype": dtype}
    rows, batch = int(draw.rng.integers(9, 60)), int(draw.rng.integers(1, 17))
    mask = draw.chance(0.5)
    draw.text += [kind, dtype, f"{rows} rows in batches of {batch}", "mask" * mask]
    x = _inputs(draw, kind, rows, dtype)
    if kind == "sequence" and mask:
        x[np.arange(5) >= draw.rng.integers(0, 6, (rows, 1))] = 0
    y, units, activation, (loss, options), metrics = _task(draw, rows, dtype)
    makers = [*_first(kind, d, mask), *_body(draw, kind, d)]
    chosen = [m for m in metrics if draw.chance(0.4)]
    weighted = [m for m in metrics if draw.chance(0.15)]
    names, callbacks = _callbacks(draw)
    optimizer = _optimizer(draw, bool({"plateau", "scheduler"} & set(names)))
    draw.text += [loss, str(options), str(chosen), str(weighted)]

    def make(engine: dict[str, Any]) -> Any:
        nn.utils.set_random_seed(seed)
        integers = {"dtype": "int64"} if kind == "tokens" else d
        model = nn.Sequential([nn.Input(SHAPES[kind], **integers), *(m() for m in makers)])
        model.add(layers.Dense(units, activation, **d))
        model.compile(
            optimizer(), getattr(nn.losses, loss)(**options), metrics=list(chosen),
            weighted_metrics=list(weighted) or None, **engine,
        )  # fmt: skip
        return model

    how = _how(draw, x, y, rows, batch)
    text = ", ".join(t for t in draw.text if t)
    stop = None if "MT19937" in text else _stop(draw, how["epochs"])  # no backup holds such a one
    return Fit(make, how, callbacks, text, not {"Lion", "Muon"} & set(names_in(text)), dtype, stop)


def names_in(text: str) -> list[str]:
    """The words of a text."""
    return re.findall(r"\w+", text)


def _stop(draw: Draw, epochs: int) -> tuple[int, int | None] | None:
    if not draw.chance(0.3):
        return None
    return int(draw.rng.integers(epochs)), draw.one([None, 0, 1, 2])


_DATA = ("x", "y", "sample_weight", "validation_data")


def _how(draw: Draw, x: Any, y: Any, rows: int, batch: int) -> dict[str, Any]:
    how: dict[str, Any] = {"x": x, "y": y, "batch_size": batch, "verbose": 0}
    how["epochs"] = int(draw.rng.integers(1, 5))
    how["shuffle"] = draw.chance(0.6)
    if draw.chance(0.3):
        how["sample_weight"] = draw.rng.random(rows).astype(draw.one(["f4", "f8"]))
    validated = draw.chance(0.4)
    if validated and draw.chance(0.6):
        how["validation_split"] = 0.3
    elif validated:
        few = draw.rng.integers(rows, size=7)
        weights = [draw.rng.random(7).astype("f4")] if draw.chance(0.5) else []
        how["validation_data"] = (x[few], y[few], *weights)
        how["validation_freq"] = draw.one([1, 2])
        how["validation_batch_size"] = draw.one([3, 7])
    if draw.chance(0.15) and y.dtype.kind == "i":
        how["class_weight"] = {0: 0.5, 1: 1.0, 2: 2.0}
    if draw.chance(0.15):
        how["steps_per_epoch"] = int(draw.rng.integers(1, 2 + rows // batch))
    draw.text.append(str({k: v for k, v in how.items() if k not in _DATA}))
    return how


# -- runs ------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What a fit leaves behind: arrays by name, or its error."""

    arrays: dict[str, Any]
    error: str = ""
    engine: str = ""


def outcome(
    fit: Fit, engine: dict[str, Any], callbacks: list[Any], folder: str | None = None
) -> Outcome:
    """Run a fit with an engine, then evaluate and predict; if there is a folder, interrupted and
    resumed.
    """
    model = fit.make(engine)
    try:
        if folder is not None:
            model = _resumed(fit, engine, folder)
            callbacks = [*callbacks, *_backup(fit, folder)]
        history = model.fit(callbacks=[*fit.callbacks(), *callbacks], **fit.how)
    except nn.NonFiniteLossError as error:
        return Outcome({}, str(error).splitlines()[0])
    arrays: dict[str, Any] = {
        f"history of {name}": np.array(values) for name, values in history.history.items()
    }
    variables = [("", v) for v in [*model.variables, *model.optimizer.variables]]
    variables += [(f"{metric.name} ", v) for metric in model.metrics for v in metric.variables]
    for i, (owner, variable) in enumerate(variables):
        arrays[f"{i} {owner}{variable.name}"] = variable.numpy().copy()
    x, y, batch = (fit.how[name] for name in ("x", "y", "batch_size"))
    callbacks = [c for c in callbacks if isinstance(c, EachBatch)]
    evaluated = model.evaluate(
        x, y, batch, verbose=0, callbacks=callbacks or None, return_dict=True
    )
    arrays |= {f"evaluated {name}": np.array(value) for name, value in evaluated.items()}
    arrays["predicted"] = model.predict(x, batch, verbose=0)
    return Outcome(arrays, engine=history.engine)


def _backup(fit: Fit, folder: str, stop: Any = None) -> list[Any]:
    """The callbacks of a run that is interrupted somewhere, and of the one that goes on."""
    assert fit.stop is not None
    kind, every = (Interrupt, "epoch") if fit.stop[1] is None else (InterruptWithin, 2)
    backup = nn.callbacks.BackupAndRestore(folder, save_freq=every)
    return [backup, kind(lambda epoch, batch: (epoch, batch) == stop)]


def _resumed(fit: Fit, engine: dict[str, Any], folder: str) -> Any:
    """Run a fit up to where it is interrupted; return a new model, which is to go on."""
    with suppress(StoppedError):
        fit.make(engine).fit(
            callbacks=[*fit.callbacks(), *_backup(fit, folder, fit.stop)], **fit.how
        )
    return fit.make(engine)


ENGINES: dict[str, dict[str, Any]] = {
    "eager": {"run_eagerly": True},
    "numpy": {"jit_compile": False},
    "native": {"jit_compile": True},
}


def findings(
    fit: Fit, engines: Any = ("numpy", "native"), digest: Callable[[bytes], None] | None = None
) -> list[str]:
    """Where the engines disagree, and where steps at once differ from steps one by one."""
    plain = outcome(fit, ENGINES["eager"], [])
    found = []
    for name in engines:
        single = outcome(fit, ENGINES[name], [EachBatch()])
        at_once = outcome(fit, ENGINES[name], [])
        if at_once.engine not in (name, ""):
            found.append(f"{name}: ran as {at_once.engine}")
        if digest is not None:
            digest(b"".join(x.tobytes() for x in at_once.arrays.values()))
        found += [f"{name}, at once: {text}" for text in _unequal(single, at_once)]
        again = outcome(fit, ENGINES[name], [])
        found += [f"{name}, again: {text}" for text in _unequal(at_once, again)]
        if fit.stop is not None and not at_once.error:
            with tempfile.TemporaryDirectory() as folder:
                resumed = outcome(fit, ENGINES[name], [], folder)
            found += [f"{name}, resumed: {text}" for text in _unequal(at_once, resumed)]
        if fit.close:
            found += [f"{name}: {text}" for text in _far(plain, at_once, RELATIVE[fit.dtype])]
    return found


def _unequal(a: Outcome, b: Outcome) -> list[str]:
    if a.error != b.error or a.arrays.keys() != b.arrays.keys():
        return [f"{a.error or 'no error'}, not {b.error or 'no error'}"]
    pairs = ((name, a.arrays[name], b.arrays[name]) for name in a.arrays)
    return [
        f"{name} differs by {np.max(np.abs(x - y)) if x.shape == y.shape else (x.shape, y.shape)}"
        for name, x, y in pairs
        if x.shape != y.shape or x.tobytes() != y.tobytes()
    ]


def _far(a: Outcome, b: Outcome, relative: float) -> list[str]:
    if bool(a.error) != bool(b.error):
        return [f"{a.error or 'no error'}, not {b.error or 'no error'}"]
    found = []
    for name, x in a.arrays.items():
        y = b.arrays.get(name)
        if y is None or x.shape != y.shape:
            found.append(f"{name}: {x.shape}, not {None if y is None else y.shape}")
            continue
        apart = ~np.isclose(x, y, rtol=relative, atol=relative)
        tied = 2 if COUNTING.search(name) and relative == RELATIVE["float32"] else 0
        if np.sum(apart) > tied:
            worst = np.max(np.abs(x.astype(float) - y))
            found.append(f"{name} is {worst} apart")
    return found


def campaign(
    count: int, seed: int, engines: Any = ("numpy", "native"), digests: bool = False
) -> int:
    """Run so many fits; print those that differ, or a checksum of each. Returns their number."""
    failed = 0
    dispatch.STEPS_WORTH_TRACING = 0  # short ones are compiled, too
    for number in range(seed, seed + count):
        fit = random_fit(number)
        total = hashlib.sha256()
        try:
            found = findings(fit, engines, total.update)
        except Exception:
            found = [traceback.format_exc(limit=-6)]
        if digests:
            print(f"seed {number}: {total.hexdigest()[:16]}", flush=True)
        if found:
            failed += 1
            print(f"seed {number}: {fit.text}\n  " + "\n  ".join(found), flush=True)
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", choices=["numpy", "native"], action="append")
    parser.add_argument("--digests", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("error")  # an engine that gives up and lets NumPy run it fails
    wrong = campaign(given.fits, given.seed, given.engine or ("numpy", "native"), given.digests)
    print(f"{given.fits} fits: {wrong or 'none'} differ")
    sys.exit(bool(wrong))

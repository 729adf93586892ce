"""What `tests.soak.fuzz` attacks: each loader, with sound files, mutations, and what is right.

An attempt on a loader ends in an error of the kind that it promises, or in a right result; if it
ends in anything else, that is a finding, and the attempt raises.
"""

from __future__ import annotations

import copy
import gzip
import io
import json
import math
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load as tensors_of

import nn
import nn.saving
from nn.callbacks import EarlyStopping, History
from nn.datasets import DataFileError, load_cifar10, load_csv, load_idx, load_mnist
from nn.saving import ModelFileError
from nn.saving.backup import Backup, Position
from nn.saving.files import sealed

__all__ = ["TARGETS", "FoundError", "Target", "mutated_bytes"]

NUMBERS = [0, 1, 2, 7, 8, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1]
NUMBERS += [2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 10**12, -1, -(2**63)]


class FoundError(AssertionError):
    """Something that may not happen."""


class Target:
    """A loader under attack.

    Args:
        folder: where its files are written.

    Attributes:
        suffix: of the files.
        refusals: the errors that the loader promises for a wrong file.
        sound: files that are right.
    """

    suffix = ""
    refusals: tuple[type[Exception], ...] = ()
    sound: list[bytes]

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"attempt{self.suffix}"
        self.prepare(folder)

    def prepare(self, folder: Path) -> None:
        """Make the sound files."""

    def mutated(self, rng: random.Random) -> bytes:
        """A file that is wrong, or right in another way."""
        return mutated_bytes(rng, rng.choice(self.sound))

    def attempt(self, data: bytes, watched: AbstractContextManager[Any] | None = None) -> bool:
        """Load; whether that worked.

        Args:
            data: of the file.
            watched: surrounds the call of the loader.

        Raises:
            FoundError, or anything: if it neither worked nor was refused.
        """
        self.path.write_bytes(data)
        try:
            with watched or nullcontext():
                result = self.load()
        except self.refusals as error:
            if len(str(error)) > 20_000:
                raise FoundError("a message of more than 20,000 characters") from error
            self.require_unchanged()
            return False
        self.require_right(data, result)
        return True

    def load(self) -> Any:
        """Call the loader."""
        raise NotImplementedError

    def require_unchanged(self) -> None:
        """After a refusal, nothing may have been changed."""

    def require_right(self, data: bytes, result: Any) -> None:
        """What was loaded has to be what the file says."""


# -- mutations -------------------------------------------------------------------------------------


def mutated_bytes(rng: random.Random, data: bytes) -> bytes:
    """Bytes with one to four changes."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        place = rng.randrange(len(changed) + 1)
        if rng.random() < 0.5:  # what is at the beginning matters most
            place = min(place, rng.randrange(64))
        rng.choice(_BYTE_MUTATIONS)(rng, changed, place)
    return bytes(changed)


def _overwrite(rng: random.Random, data: bytearray, place: int) -> None:
    data[place : place + 1] = bytes([rng.randrange(256)])


def _flip(rng: random.Random, data: bytearray, place: int) -> None:
    if place < len(data):
        data[place] ^= 1 << rng.randrange(8)


def _delete(rng: random.Random, data: bytearray, place: int) -> None:
    del data[place : place + rng.choice([1, 2, 4, 8, 100])]


def _insert(rng: random.Random, data: bytearray, place: int) -> None:
    data[place:place] = rng.randbytes(rng.choice([1, 2, 4, 8, 100]))


def _repeat(rng: random.Random, data: bytearray, place: int) -> None:
    data[place:place] = data[place : place + rng.choice([1, 8, 64])] * rng.choice([1, 2, 50])


def _truncate(rng: random.Random, data: bytearray, place: int) -> None:
    del data[place:]


def _number(rng: random.Random, data: bytearray, place: int) -> None:
    number = rng.choice(NUMBERS) % 2**64
    size = rng.choice([1, 2, 4, 8])
    order = rng.choice(["little", "big"])
    data[place : place + size] = (number % 256**size).to_bytes(size, order)


_BYTE_MUTATIONS = [_overwrite, _overwrite, _flip, _flip, _delete, _insert, _repeat, _truncate]
_BYTE_MUTATIONS += [_number, _number]

ODDITIES: list[Any] = [None, True, False, *NUMBERS, 0.5, -1.5, 1e308, "", "x", "relu", "float64"]
ODDITIES += ["nan", "é" * 50, "x" * 10_000, [], {}, [[]], [1, 2], [None], {"a": 1}, 10**400]
ODDITIES += [{"$same": 0}, {"$same": 1}, {"$same": -1}, {"$tuple": [None, 3]}, {"$tuple": []}]
ODDITIES += [{"$tuple": [{"$tuple": [None, 2**62]}]}, {"$float": "nan"}, {"$float": "inf"}]
ODDITIES += [{"$array": "dense/kernel"}, {"$scalar": "dense/bias"}, {"$array": "config:0"}]
ODDITIES += [{"$name": "layers.Dense"}, {"$name": "os.system"}, {"$name": "numpy.exp"}]
ODDITIES += [{"$generator": [1] * 6}, {"$generator": [2**64] * 6}, {"$dtype": "O"}]
ODDITIES += [{"$dtype": "float16"}, {"$dict": [[1, 2]]}, {"$dict": [[[], 1]]}, {"$what": 1}]
ODDITIES += [{"$object": "layers.Dense", "config": {"units": 3}, "name": "d"}]
ODDITIES += [{"$object": "layers.Input", "config": {"shape": [10**12]}}]
ODDITIES += [{"$object": "metrics.AUC", "config": {"num_thresholds": 10**9}}]
ODDITIES += [{"$object": "initializers.Constant", "config": {"value": {"$array": "config:0"}}}]


def mutated_json(rng: random.Random, text: str) -> str:
    """A document with one to three changes to its values and keys."""
    document = json.loads(text)
    for _ in range(rng.choice([1, 1, 2, 3])):
        places = list(_places(document))
        if not places:
            break
        holder, key = rng.choice(places)
        what = rng.random()
        if what < 0.6:
            holder[key] = copy.deepcopy(rng.choice(ODDITIES))
        elif what < 0.7:
            del holder[key]
        elif what < 0.85:
            other, other_key = rng.choice(places)
            holder[key] = json.loads(json.dumps(other[other_key]))
        elif isinstance(holder, list):
            holder *= rng.choice([2, 3, 100])
        else:
            holder[rng.choice(["", "x", "name", "$same", "config", "é"])] = holder.pop(key)
        if len(json.dumps(document)) > 300_000:
            return text
    return json.dumps(document)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """All (holder, key) in a document."""
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], (dict, list)):
                waiting.append(holder[key])


def _taken_apart(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a safetensors file, and the rest."""
    stop = 8 + int.from_bytes(data[:8], "little")
    return json.loads(data[8:stop]), data[stop:]


def _put_together(header: Any, rest: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + rest


def _mutated_safetensors(rng: random.Random, data: bytes) -> bytes:
    """Damage to the bytes, or to the header in a way that it stays JSON; with a seal or without."""
    if rng.random() < 0.4:
        return mutated_bytes(rng, data)
    header, rest = _taken_apart(data)
    if rng.random() < 0.7:
        header["__metadata__"].pop("nn:sha256", None)
        header["__metadata__"].pop("nn:format", None)
    metadata = header.pop("__metadata__")
    changed = json.loads(mutated_json(rng, json.dumps(header)))
    if isinstance(changed, dict):
        changed["__metadata__"] = metadata
    if rng.random() < 0.2:
        rest = mutated_bytes(rng, rest)
    return _put_together(changed, rest)


# -- models, weights, backups ----------------------------------------------------------------------

X = np.sin(np.arange(80.0)).reshape(20, 4)
Y = X[:, 0] > 0


def new_model() -> nn.Sequential:
    """Something with every kind of part, and little in it."""
    rng = nn.random.Generator(1)
    model = nn.Sequential(
        [
            nn.Input((4,)),
            nn.layers.Normalization().adapt(X),
            nn.Dense(4, nn.layers.LeakyReLU(), kernel_regularizer=nn.regularizers.L2(0.1)),
            nn.Dropout(0.2, seed=rng),
            nn.Dropout(0.2, seed=rng),
            nn.layers.Reshape((2, 2)),
            nn.LayerNormalization(),
            nn.Flatten(),
            nn.Sequential([nn.BatchNormalization(), nn.Dense(3, np.tanh)]),
            nn.Dense(1, "sigmoid", kernel_constraint=nn.constraints.MaxNorm(2.0)),
        ]
    )
    schedule = nn.schedules.ExponentialDecay(0.1, 10, 0.5)
    metrics = ["mae", nn.metrics.AUC(num_thresholds=5)]
    model.compile(nn.Adam(schedule), nn.BinaryCrossentropy(), metrics=metrics)
    return model


class ModelFile(Target):
    """`load_model`."""

    suffix = ".safetensors"
    refusals = (ModelFileError,)

    def prepare(self, folder: Path) -> None:
        nn.set_random_seed(0)
        model = new_model()
        model.fit(X, Y, verbose=0)
        model.save(self.path)
        self.sound = [self.path.read_bytes()]
        self.documents = [_taken_apart(self.sound[0])[0]["__metadata__"]["nn"]]
        self.tensors = tensors_of(self.sound[0])

    def mutated(self, rng: random.Random) -> bytes:
        if rng.random() < 0.3:
            return _mutated_safetensors(rng, self.sound[0])
        text = mutated_json(rng, self.documents[0])
        if rng.random() < 0.05:
            text = mutated_bytes(rng, text.encode()).decode("latin-1")
        return sealed(self.tensors, {"nn": text})

    def load(self) -> Any:
        return nn.load_model(self.path)

    def require_right(self, data: bytes, model: Any) -> None:
        """It has the weights of the file, and is whole."""
        arrays = tensors_of(data)
        for path, variable in nn.saving.paths.variable_paths(model).items():
            if variable.data.tobytes() != arrays[path].tobytes():
                raise FoundError(f"{path} is not what the file says")
        nn.saving.save(model, self.path.with_name("again.safetensors"))


class WeightsFile(Target):
    """`load_weights`, into a model that is there."""

    suffix = ".safetensors"
    refusals = (ValueError,)

    def prepare(self, folder: Path) -> None:
        nn.set_random_seed(0)
        self.model = nn.Sequential([nn.Input((3,)), nn.Dense(4), nn.BatchNormalization()])
        self.model.save_weights(self.path)
        self.sound = [self.path.read_bytes()]
        for variable in self.model.variables:
            variable.assign(variable.data + 1)
        self.before = self.state()

    def state(self) -> list[bytes]:
        return [variable.data.tobytes() for variable in self.model.variables]

    def mutated(self, rng: random.Random) -> bytes:
        return _mutated_safetensors(rng, self.sound[0])

    def load(self) -> Any:
        self.model.load_weights(self.path)

    def require_unchanged(self) -> None:
        if self.state() != self.before:
            raise FoundError("some of the weights were loaded")

    def require_right(self, data: bytes, result: Any) -> None:
        arrays = tensors_of(data)
        for path, variable in nn.saving.paths.variable_paths(self.model).items():
            if variable.data.tobytes() != arrays[path].tobytes():
                raise FoundError(f"{path} is not what the file says")
        self.before = self.state()


class BackupFile(Target):
    """What `BackupAndRestore` restores from."""

    suffix = ".safetensors"
    refusals = (ModelFileError,)

    def prepare(self, folder: Path) -> None:
        nn.set_random_seed(0)
        self.model = new_model()
        self.model.fit(X, Y, verbose=0)
        self.callbacks = [EarlyStopping("loss", restore_best_weights=True), History()]
        self.model.stop_training = False
        Backup.write(
            self.path,
            str(self.path.with_name("previous.safetensors")),
            self.model,
            self.callbacks,
            Position(3, 2, ({"loss": 1.5}, 64)),
            call={"shuffle": True},
            order=nn.random.Generator(1).state,
            data="x",
        )
        self.sound = [self.path.read_bytes()]
        self.document = _taken_apart(self.sound[0])[0]["__metadata__"]["backup"]
        self.tensors = tensors_of(self.sound[0])
        self.begin()

    def begin(self) -> None:
        """A new training, before its first step."""
        nn.set_random_seed(0)
        self.model = new_model()
        self.model.test_on_batch(X, Y)  # so that there are metrics
        self.callbacks = [EarlyStopping("loss", restore_best_weights=True), History()]
        self.before = self.state()

    def state(self) -> list[Any]:
        variables = [*self.model.variables, *self.model.optimizer.variables]
        metrics = [v for metric in self.model.metrics for v in metric.variables]
        return [
            [variable.data.tobytes() for variable in [*variables, *metrics]],
            self.model.optimizer.built,
            repr([vars(callback).get("wait") for callback in self.callbacks]),
            nn.random.generator().state.tolist(),
            np.random.get_state()[1].tobytes(),
            random.getstate(),
        ]

    def mutated(self, rng: random.Random) -> bytes:
        if rng.random() < 0.2:
            return _mutated_safetensors(rng, self.sound[0])
        return sealed(self.tensors, {"backup": mutated_json(rng, self.document)})

    def load(self) -> Any:
        Backup.read(self.path).restore(self.model, self.callbacks)

    def require_unchanged(self) -> None:
        if self.state() != self.before:
            raise FoundError("some of the backup was restored")

    def require_right(self, data: bytes, result: Any) -> None:
        arrays = tensors_of(data)
        for path, variable in nn.saving.paths.variable_paths(self.model).items():
            if variable.data.tobytes() != arrays[path].tobytes():
                raise FoundError(f"{path} is not what the file says")
        self.begin()


# -- files of Keras --------------------------------------------------------------------------------


class KerasFile(Target):
    """`load_model`, from a `.keras` file."""

    suffix = ".keras"
    refusals = (ModelFileError,)

    def prepare(self, folder: Path) -> None:
        files = Path(__file__).parents[1] / "fixtures" / "keras"
        self.sound = [(files / name).read_bytes() for name in ("trained.keras", "lookups.keras")]
        nn.set_random_seed(0)
        x = nn.Input((4,))
        h = nn.Dense(3, "tanh")(x)
        outputs = np.concatenate([h, x * 2.0], axis=-1)[:, ::2]
        model = nn.Model(x, nn.Dense(2)(nn.layers.Reshape((2, 2))(outputs)))
        model.compile(nn.SGD(0.1, momentum=0.9), "mse")
        model.save(self.path)
        self.sound.append(self.path.read_bytes())

    def mutated(self, rng: random.Random) -> bytes:
        data = rng.choice(self.sound)
        if rng.random() < 0.2:
            return mutated_bytes(rng, data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        changed = rng.choice(["config.json", "config.json", "model.weights.h5", *members])
        if changed == "config.json":
            members[changed] = mutated_json(rng, members[changed].decode()).encode()
        else:
            members[changed] = mutated_bytes(rng, members[changed])
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", rng.choice([0, 8])) as archive:
            for name, content in members.items():
                archive.writestr(name if rng.random() < 0.98 else f"../{name}", content)
        return buffer.getvalue()

    def load(self) -> Any:
        return nn.load_model(self.path)

    def require_right(self, data: bytes, model: Any) -> None:
        """Each weight is an array of the file, as h5py reads it."""
        import h5py

        found: set[tuple[Any, bytes]] = set()

        def keep(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                found.add((item.shape, np.asarray(item[()], np.float32).tobytes()))

        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            content = archive.read("model.weights.h5")
        with h5py.File(io.BytesIO(content)) as file:
            file.visititems(keep)
        for variable in model.variables:
            if (variable.shape, np.asarray(variable.data, np.float32).tobytes()) not in found:
                raise FoundError(f"{variable.name} is not what the file says")


# -- data ------------------------------------------------------------------------------------------


CSV_PIECES = [b",", b'"', b'""', b"\n", b"\r", b"\r\n", b"\0", b";", b"nan", b"inf", b"1e999", b"-"]
CSV_PIECES += [b"1_0", "٣".encode(), "１".encode(), b"\xff", b"\xef\xbb\xbf", b" ", b"\t", b"e5"]
CSV_PIECES += [b"0x10", b"1" * 400, b"a", b",,,", b"\xe2\x80\xa8", b"'", b"#", b"\x1a", b"1e-400"]

NPY_HEADERS = [
    "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 28, 28), }",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (-2, 28, 28), }",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 28, True), }",
    "{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '|V0', 'fortran_order': False, 'shape': (2,), }",
    "__import__('os').system('true')",
    "(" * 5000,
    "[" * 200 + "]" * 200,
    "{" * 9000,
]


class IdxFile(Target):
    """`load_idx`."""

    suffix = ".idx"
    refusals = (DataFileError,)

    def prepare(self, folder: Path) -> None:
        arrays = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
        self.plain = [
            bytes([0, 0, code, 3]) + struct.pack(">3I", 2, 3, 4) + np.arange(24).astype(d).tobytes()
            for code, d in arrays.items()
        ]
        self.plain.append(bytes([0, 0, 8, 1]) + struct.pack(">I", 300) + bytes(300))
        self.sound = [*self.plain, *map(gzip.compress, self.plain)]

    def mutated(self, rng: random.Random) -> bytes:
        if rng.random() < 0.4:
            return gzip.compress(mutated_bytes(rng, rng.choice(self.plain)), 1)
        return mutated_bytes(rng, rng.choice(self.sound))

    def load(self) -> Any:
        return load_idx(self.path, most_bytes=2**26)

    def require_right(self, data: bytes, array: Any) -> None:
        """As another, shorter reader reads it, which trusts the file."""
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        axes = data[3]
        shape = struct.unpack(f">{axes}I", data[4 : 4 + 4 * axes])
        kinds = {8: "B", 9: "b", 11: "h", 12: "i", 13: "f", 14: "d"}
        values = struct.unpack(f">{math.prod(shape)}{kinds[data[2]]}", data[4 + 4 * axes :])
        if array.shape != shape or not np.array_equal(array.ravel(), values, equal_nan=True):
            raise FoundError("another array than the file has")


class CsvFile(Target):
    """`load_csv`."""

    suffix = ".csv"
    refusals = (DataFileError,)

    def prepare(self, folder: Path) -> None:
        self.sound = [
            b"a,b,c\n1,2,0\n3.5,-4e3,1\n5,6,2\n",
            b'"x ""y""",z\r\n" 1.5 ",0.25\r\n2,0.5\r\n',
            b"a,b,kind\n1,2,rose\n3,4,aster\n",
        ]

    def mutated(self, rng: random.Random) -> bytes:
        data = rng.choice(self.sound)
        if rng.random() < 0.3:
            data = mutated_bytes(rng, data)
        for _ in range(rng.choice([1, 1, 2, 5])):
            place = rng.randrange(len(data) + 1)
            kept = place + rng.choice([0, 0, 1, 3])
            data = data[:place] + rng.choice(CSV_PIECES) + data[kept:]
        return gzip.compress(data, 1) if rng.random() < 0.05 else data

    def load(self) -> Any:
        return load_csv(self.path, most_bytes=2**20)

    def require_right(self, data: bytes, table: Any) -> None:
        X, y = table
        width = len(table.feature_names)
        if X.shape != (len(y), width) or not len(y) or not width or not np.isfinite(X).all():
            raise FoundError(f"a table of shape {X.shape}")
        if X.dtype != np.float32 or y.dtype not in (np.int64, np.float32):
            raise FoundError(f"dtypes {X.dtype}, {y.dtype}")
        if b'"' in data or data[:2] == b"\x1f\x8b":
            return
        lines = [line for line in data.decode("utf-8-sig").splitlines() if line.strip("\r\n")]
        cells = [line.split(",") for line in lines]
        if len({len(row) for row in cells}) == 1 and len(cells) == len(y) + 1:
            expected = np.array([[float(cell) for cell in row[:-1]] for row in cells[1:]])
            if not np.array_equal(X, expected.astype(np.float32)):
                raise FoundError("other numbers than the file has")


class NpzFile(Target):
    """`load_mnist`, from an npz file."""

    suffix = ".npz"
    refusals = (DataFileError,)

    def prepare(self, folder: Path) -> None:
        self.arrays = {
            "x_train": np.arange(2 * 784, dtype="u1").reshape(2, 28, 28),
            "y_train": np.array([1, 9], "u1"),
            "x_test": np.zeros((1, 28, 28), "u1"),
            "y_test": np.array([0], "u1"),
        }
        self.sound = []
        for save in (np.savez, np.savez_compressed):
            buffer = io.BytesIO()
            save(buffer, **self.arrays)
            self.sound.append(buffer.getvalue())

    def mutated(self, rng: random.Random) -> bytes:
        if rng.random() < 0.5:
            data = rng.choice(self.sound)
            if rng.random() < 0.5:  # the directory at the end of a zip file
                return data[:-400] + mutated_bytes(rng, data[-400:])
            return mutated_bytes(rng, data)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", rng.choice([0, 8])) as archive:
            for name, array in self.arrays.items():
                content = io.BytesIO()
                np.save(content, array)
                data = content.getvalue()
                if rng.random() < 0.4:
                    data = self.mutated_npy(rng, data)
                archive.writestr(f"{name}.npy", data)
        return buffer.getvalue()

    def mutated_npy(self, rng: random.Random, data: bytes) -> bytes:
        if rng.random() < 0.5:
            return mutated_bytes(rng, data)
        header = rng.choice(NPY_HEADERS).encode() + b"\n"
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data[128:]

    def load(self) -> Any:
        return load_mnist(self.path)

    def require_right(self, data: bytes, result: Any) -> None:
        """As NumPy's own reader reads it."""
        (X, y), (X_test, y_test) = result
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name, array in {
                "x_train": X,
                "y_train": y,
                "x_test": X_test,
                "y_test": y_test,
            }.items():
                content = io.BytesIO(archive.read(f"{name}.npy"))
                if not np.array_equal(array, np.load(content, allow_pickle=False)):
                    raise FoundError(f"another {name} than the file has")


class TarFile(Target):
    """`load_cifar10`, from an archive."""

    suffix = ".tar.gz"
    refusals = (DataFileError,)

    def prepare(self, folder: Path) -> None:
        buffer = io.BytesIO()
        self.content = bytes([7]) + bytes(range(256)) * 12
        names = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name in names:
                info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
                info.size = len(self.content)
                archive.addfile(info, io.BytesIO(self.content))
        self.plain = buffer.getvalue()
        self.sound = [self.plain, gzip.compress(self.plain, 1)]

    def mutated(self, rng: random.Random) -> bytes:
        if rng.random() < 0.3:
            return mutated_bytes(rng, self.sound[1])
        data = bytearray(self.plain)
        start = rng.choice([0, 0, 4096, 8192])
        field = rng.choice([(0, 100), (124, 136), (124, 136), (148, 156), (156, 157), (257, 265)])
        size = field[1] - field[0]
        value = rng.choice([b"\xff" * size, bytes(size), b"7" * size, b"-1", rng.randbytes(size)])
        data[start + field[0] : start + field[0] + len(value)] = value
        if rng.random() < 0.7:
            header = data[start : start + 512]
            total = sum(header[:148]) + 8 * 32 + sum(header[156:])
            data[start + 148 : start + 156] = b"%06o\0 " % total
        if rng.random() < 0.3:
            del data[rng.randrange(len(data)) :]
        return gzip.compress(data, 1) if rng.random() < 0.3 else bytes(data)

    def load(self) -> Any:
        return load_cifar10(self.path)

    def require_right(self, data: bytes, result: Any) -> None:
        """As Python's own reader reads it."""
        (X, y), (X_test, _) = result
        if len(X) != 5 or len(X_test) != 1:
            return  # a shorter file, as its header says
        record = np.frombuffer(self.content, np.uint8)
        if y[0] == 7 and not np.array_equal(X[0].transpose(2, 0, 1).ravel(), record[1:]):
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                named = [m for m in archive if m.name.rpartition("/")[2] == "data_batch_1.bin"]
                first = archive.extractfile(named[-1]).read()
            if not np.array_equal(X[0].transpose(2, 0, 1).ravel(), np.frombuffer(first, "u1")[1:]):
                raise FoundError("other images than the file has")


TARGETS: dict[str, tuple[Callable[[Path], Target], float]] = {
    # What is attacked, and which part of the inputs it gets.
    "models": (ModelFile, 0.25),
    "weights": (WeightsFile, 0.15),
    "backups": (BackupFile, 0.1),
    "idx": (IdxFile, 0.2),
    "csv": (CsvFile, 0.15),
    "npz": (NpzFile, 0.1),
    "tar": (TarFile, 0.05),
    "keras": (KerasFile, 0.2),
}

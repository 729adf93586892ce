"""TensorBoard: the event files, read back."""

import sys

import numpy as np
import pytest

import nn
from nn.callbacks import TensorBoard

X = np.sin(np.arange(24.0)).reshape(8, 3)
Y = X.sum(axis=1)


@pytest.fixture
def needs_tensorboardx():
    pytest.importorskip("tensorboardX", reason="event files are written with tensorboardX")


def fit(callback, **options):
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    model.compile("sgd", "mse")
    return model.fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=[callback], **options)


def events(folder):
    """What is in the event files of a folder: (tag, step, value) in order.

    A record is its length (8 bytes), a checksum (4), an event, a checksum (4).
    """
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for path in sorted(folder.glob("events.out.tfevents.*")):
        data = path.read_bytes()
        while data:
            length = int.from_bytes(data[:8], "little")
            event = Event.FromString(data[12 : 12 + length])
            data = data[16 + length :]
            for value in event.summary.value:
                content = value.histo if value.HasField("histo") else value.simple_value
                found.append((value.tag, event.step, content))
    return found


@pytest.mark.usefixtures("needs_tensorboardx")
def test_epochs(tmp_path):
    history = fit(TensorBoard(tmp_path), validation_data=(X, Y))
    for folder, name in (("train", "loss"), ("validation", "val_loss")):
        found = events(tmp_path / folder)
        assert [event[:2] for event in found] == [("epoch_loss", epoch) for epoch in range(3)]
        # the format holds float32
        np.testing.assert_array_equal(
            [event[2] for event in found], np.float32(history.history[name])
        )


@pytest.mark.usefixtures("needs_tensorboardx")
@pytest.mark.parametrize(("frequency", "steps"), [("batch", range(12)), (5, [0, 5, 10])])
def test_batches(tmp_path, frequency, steps):
    fit(TensorBoard(tmp_path, update_freq=frequency))
    found = [event[:2] for event in events(tmp_path / "train")]
    assert [step for tag, step in found if tag == "batch_loss"] == list(steps)
    assert [step for tag, step in found if tag == "epoch_loss"] == [0, 1, 2]


@pytest.mark.usefixtures("needs_tensorboardx")
def test_histograms(tmp_path):
    fit(TensorBoard(tmp_path, histogram_freq=2))
    found = {event[:2]: event[2] for event in events(tmp_path / "train")}
    assert {key for key in found if key[0] != "epoch_loss"} == {
        ("dense/kernel", 1),
        ("dense/bias", 1),
    }
    assert found["dense/kernel", 1].num == 3


@pytest.mark.usefixtures("needs_tensorboardx")
def test_a_value_for_each_class(tmp_path):
    class Report(nn.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["score"] = np.array([0.25, 0.5])

    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0, callbacks=[Report(), TensorBoard(tmp_path)])
    found = events(tmp_path / "train")
    assert found[1:] == [("epoch_score/0", 0, 0.25), ("epoch_score/1", 0, 0.5)]


@pytest.mark.usefixtures("needs_tensorboardx")
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"histogram_freq": -1}, ValueError, "histogram_freq"),
        ({"histogram_freq": 0.5}, TypeError, "histogram_freq"),
        ({"update_freq": 0}, ValueError, "update_freq"),
        ({"update_freq": "step"}, TypeError, "'epoch' or 'batch'"),
    ],
)
def test_arguments(options, error, message):
    with pytest.raises(error, match=message):
        TensorBoard(**options)


def test_without_tensorboardx(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ModuleNotFoundError, match="pip install tensorboardX"):
        TensorBoard()

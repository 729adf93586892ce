"""A session: trained, paused, changed, watched; without a browser or a server."""

import threading

import numpy as np
import pytest

from nn.playground.frame import packed
from nn.playground.session import Session


def train(session, page, unit="epoch", times=1):
    """So many epochs or batches; the frame after them."""
    for _ in range(times):
        pauses = len(page.of("code"))
        session.receive({"type": "step", "unit": unit})
        page.wait(lambda: len(page.of("code")) > pauses)  # noqa: B023 - waited for here
    step = page.frames[-1].header["step"]
    session.receive({"type": "probe", "at": None})  # answered by a frame of this moment
    seen = len(page.frames)
    page.wait(lambda: len(page.frames) > seen or page.frames[-1].header["step"] > step)
    return page.frames[-1]


def test_the_first_frame_shows_an_untrained_network(page, session):
    frame = page.frames[0]
    network = page.of("network")[0]
    assert network["layers"] == [4, 2, 1]
    assert network["parameters"] == 25 == frame.arrays["weights"].size
    assert (len(network["train"]), len(network["test"])) == (140, 60)
    assert frame.header == {"playing": False, "epoch": 0, "batch": 0, "step": 0}
    assert frame.arrays["surface"].shape == (96, 96)
    assert frame.arrays["neurons"].shape == (2 + 4 + 2 + 1, 32, 32)
    assert [row[0] for row in frame.rows] == [0]
    assert packed(frame)


def test_steps_are_batches_or_epochs(page, session):
    train(session, page, "batch")
    page.wait(lambda: page.frames[-1].header["step"] == 1)
    train(session, page, "epoch")  # the rest of the epoch
    page.wait(lambda: page.frames[-1].header["step"] == 9)
    assert page.frames[-1].header["epoch"] == 1


def test_circles_are_learned_and_the_rows_of_the_curves_are_complete(page, session):
    page.wants_frame = False  # a page that draws nothing misses frames, and no rows
    session.receive({"type": "train"})
    page.wait(lambda: session._run.epoch > 120, 60)
    session.receive({"type": "pause"})
    page.wait(lambda: page.of("code"))
    page.wait(lambda: page.frames[-1].header["epoch"] > 120)
    rows = [row for frame in page.frames for row in frame.rows]
    assert [row[0] for row in rows] == list(range(page.frames[-1].header["epoch"] + 1))
    assert len(page.frames) == 2
    assert max(row[4] for row in rows) > 0.95  # accuracy of the test


def test_the_same_seed_gives_the_same_network_beside_another_session(page, session):
    first = train(session, page, times=2).arrays["weights"]
    other_page = type(page)()
    other = Session(other_page)
    other.receive({"type": "pace", "pace": "fast"})
    other.receive({"type": "settings", "settings": {"seed": 9, "dropout": 0.5}})
    other.receive({"type": "train"})
    session.receive({"type": "reset"})
    page.wait(lambda: len(page.of("network")) == 2)
    again = train(session, page, times=2).arrays["weights"]
    other.close()
    assert other.join(5)
    np.testing.assert_array_equal(first, again)


def test_looking_changes_nothing(page, session):
    session.receive({"type": "settings", "settings": {"dropout": 0.3}})
    page.wait(lambda: len(page.of("network")) == 2)
    plain = train(session, page, times=3).arrays["weights"]
    session.receive({"type": "reset"})
    page.wait(lambda: len(page.of("network")) == 3)
    session.receive({"type": "probe", "at": [0.5, 0.5]})
    session.receive({"type": "pace", "pace": "batch"})
    for _ in range(3):
        session.replay().result(20)
        watched = train(session, page)
    np.testing.assert_array_equal(plain, watched.arrays["weights"])


def test_changing_a_layer_makes_another_network_and_goes_on_training(page, session):
    session.receive({"type": "train"})
    session.receive({"type": "settings", "settings": {"layers": [{"units": 7}]}})
    page.wait(lambda: page.of("network")[1:])
    assert page.of("network")[1]["layers"] == [7, 1]
    page.wait(lambda: page.frames[-1].run == 2 and page.frames[-1].header["epoch"] > 0)
    assert page.of("state")[-1]["playing"]


def test_the_value_at_a_point_is_the_model_s(page, session):
    session.receive({"type": "probe", "at": [0.25, -0.5]})
    frame = page.wait(lambda: [f for f in page.frames if "probe" in f.arrays])[0]
    kernel, bias = frame.arrays["weights"][:8].reshape(2, 4), frame.arrays["weights"][8:12]
    point = np.array([0.25, -0.5], np.float32)
    np.testing.assert_array_equal(frame.arrays["probe"][:2], point)
    np.testing.assert_allclose(
        frame.arrays["probe"][2:6], np.tanh(point @ kernel + bias), rtol=1e-5
    )


def test_gradients_are_those_of_the_loss_of_the_training_points(page, session):
    frame = page.frames[0]
    network = page.of("network")[0]
    X = np.array([[x1, x2] for x1, x2, _ in network["train"]])
    y = np.array([label for _, _, label in network["train"]])
    shapes = [(2, 4), (4,), (4, 2), (2,), (2, 1), (1,)]

    def loss(flat):
        ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
        w1, b1, w2, b2, w3, b3 = (
            part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)
        )
        z = np.tanh(np.tanh(X @ w1 + b1) @ w2 + b2) @ w3 + b3
        a = 1 / (1 + np.exp(-z[:, 0]))
        return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))

    w = frame.arrays["weights"].astype(float)
    steps = np.eye(len(w)) * 1e-5
    differences = [(loss(w + step) - loss(w - step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(frame.arrays["gradients"], differences, rtol=2e-3, atol=2e-4)


def test_dead_neurons_are_found(page, session):
    session.receive(
        {
            "type": "settings",
            "settings": {
                "layers": [{"units": 6, "activation": "relu"}],
                "optimizer": "sgd",
                "learning_rate": 10,
            },
        }
    )
    page.wait(lambda: page.of("network")[1:])
    frame = train(session, page, times=2)
    assert frame.arrays["dead"][:6].any()
    assert not frame.arrays["dead"][6]
    packed(frame)


def test_a_loss_that_is_not_finite_ends_training_with_the_reason(page, session):
    session.receive(
        {
            "type": "settings",
            "settings": {
                "layers": [{"units": 8, "activation": "linear"}] * 3,
                "loss": "hinge",
                "optimizer": "momentum",
                "learning_rate": 1000,
                "l2": 10,
            },
        }
    )
    session.receive({"type": "train"})
    page.wait(lambda: page.of("error"), 20)
    error = page.of("error")[-1]
    assert error["ended"]
    assert "learning rate" in error["message"]
    page.wait(lambda: not page.of("state")[-1]["playing"])
    for frame in page.frames:
        packed(frame)  # no number that JSON cannot hold
    session.receive({"type": "learning_rate", "value": 0.01})
    session.receive({"type": "train"})
    page.wait(lambda: page.frames[-1].run == 3 and page.frames[-1].header["epoch"] > 0)


def test_training_pauses_by_itself_in_the_end(page, session, monkeypatch):
    monkeypatch.setattr("nn.playground.session.MOST_EPOCHS", 5)
    session.receive({"type": "train"})
    page.wait(lambda: page.of("code"))
    page.wait(lambda: page.frames[-1].header["epoch"] == 5)
    session.receive({"type": "train"})
    page.wait(lambda: page.frames[-1].header["epoch"] == 10)


def test_more_epochs_than_one_fit_has_are_the_same(page, session, monkeypatch):
    straight = train(session, page, times=6).arrays["weights"]
    monkeypatch.setattr("nn.playground.run.MOST_EPOCHS", 2)
    session.receive({"type": "reset"})
    page.wait(lambda: len(page.of("network")) == 2)
    pieces = train(session, page, times=6)
    assert pieces.header["epoch"] == 6
    np.testing.assert_array_equal(straight, pieces.arrays["weights"])


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (None, 'an object with a "type"'),
        ([1], 'an object with a "type"'),
        ({"type": 5}, 'an object with a "type"'),
        ({"type": "trian"}, "Did you mean 'train'"),
        ({"type": "x" * 10_000}, "unknown type of message"),
        ({"type": "settings"}, "an object was expected"),
        ({"type": "step"}, "unit is one of batch, epoch"),
        ({"type": "step", "unit": "year"}, "unknown unit 'year'"),
        ({"type": "pace", "pace": 3}, "pace is one of"),
        ({"type": "learning_rate", "value": -2}, "at most 1000 here, got -2"),
        ({"type": "learning_rate"}, "is a number, got None"),
        ({"type": "probe", "at": [1]}, "a point to look at"),
        ({"type": "probe", "at": [float("nan"), 1]}, "a point to look at"),
        ({"type": "csv", "name": 1, "text": ""}, "its name and its text"),
        ({"type": "csv", "name": "a.csv", "text": ""}, "is empty"),
    ],
)
def test_messages_that_make_no_sense_are_answered_and_change_nothing(page, session, message, said):
    session.receive(message)
    error = page.wait(lambda: page.of("error"))[0]
    assert said in error["message"]
    assert len(error["message"]) < 500
    assert not error.get("ended")
    train(session, page)


def test_a_closed_session_ends_its_thread_at_once_even_while_it_trains(page):
    session = Session(page)
    session.receive({"type": "settings", "settings": {}})
    session.receive({"type": "train"})
    page.wait(lambda: len(page.frames) > 1)
    session.close()
    assert session.join(5)
    assert not [t for t in threading.enumerate() if t is session._thread]


def test_the_replay_is_of_the_current_step(page, session):
    train(session, page, times=2)
    html = session.replay().result(30)
    assert html.startswith("<!doctype html>")
    assert "Epoch 2, step 18: 4 training points" in html


def test_without_a_network_there_is_no_replay(page, session):
    session.receive({"type": "settings", "settings": {"data": "points"}})
    page.wait(lambda: page.of("error"))
    with pytest.raises(ValueError, match="no network yet"):
        session.replay().result(5)

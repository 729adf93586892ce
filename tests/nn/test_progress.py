"""What is printed while a model trains."""

import io
import re
import sys

import numpy as np
import pytest
from rich.console import Console

import nn
from nn.training import progress
from nn.training.progress import Bar, Lines, NotebookBar, Progress, format_logs, progress_for

X = np.ones((8, 3))
Y = np.ones(8)


def model():
    made = nn.Sequential([nn.Dense(1)])
    made.compile("sgd", "mse", metrics=["mae"])
    return made


@pytest.mark.parametrize("verbose", ["auto", 1, 2, True])
def test_without_a_terminal_each_epoch_is_a_line(verbose, capsys):
    model().fit(X, Y, epochs=3, validation_data=(X, Y), verbose=verbose)
    lines = capsys.readouterr().out.splitlines()
    number = r"\d+\.\d{4}(e-\d\d)?"
    for epoch, line in enumerate(lines, start=1):
        assert re.fullmatch(
            rf"Epoch {epoch}/3 - \d+\.\ds - loss: {number} - mae: {number} - "
            rf"val_loss: {number} - val_mae: {number}",
            line,
        )
    assert len(lines) == 3


@pytest.mark.parametrize("verbose", [0, False])
def test_silence(verbose, capsys):
    made = model()
    made.fit(X, Y, verbose=verbose)
    made.evaluate(X, Y, verbose=verbose)
    made.predict(X, verbose=verbose)
    made.predict(X)
    assert capsys.readouterr().out == ""


def test_evaluate_prints_a_line_and_predict_only_when_asked(capsys):
    made = model()
    made.evaluate(X, Y)
    assert re.match(r"Evaluate - \d+\.\ds - loss: .* - mae: ", capsys.readouterr().out)
    made.predict(X, verbose=2)
    assert re.fullmatch(r"Predict - \d+\.\ds\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (1.0, "1.0000"),
        (0.001, "0.0010"),
        (0.00099, "9.9000e-04"),
        (-0.5, "-0.5000"),
        (-0.0005, "-5.0000e-04"),
        (12345.678, "12345.6780"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (np.array([0.5, 1.0]), "[0.5 1. ]"),
    ],
)
def test_numbers(value, text):
    assert format_logs({"loss": value}) == f"loss: {text}"


def test_names_are_sorted_and_val_comes_last():
    logs = {"loss": 1.0, "val_accuracy": 1.0, "accuracy": 1.0, "val_loss": 1.0, "z": 1.0}
    names = [part.split(":")[0] for part in format_logs(logs).split(" - ")]
    assert names == ["accuracy", "loss", "z", "val_accuracy", "val_loss"]


@pytest.mark.parametrize("verbose", [-1, 3, "1", None, 0.5])
def test_other_values_are_refused(verbose):
    with pytest.raises(ValueError, match="verbose is 0"):
        progress_for(verbose)


def test_which_is_which(monkeypatch):
    assert type(progress_for(0)) is Progress
    assert type(progress_for(2)) is Lines
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert type(progress_for("auto")) is Bar


# -- the bar, with a clock that the test turns -----------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(progress.time, "perf_counter", made)
    return made


def terminal(width=80):
    return Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)


def test_the_bar_is_drawn_at_most_ten_times_a_second(clock):
    bar = Bar(terminal())
    bar.begin("Epoch 1/2", 1000)
    asked = []
    for step in range(1, 1001):
        clock.now += 0.001
        bar.step(step, lambda: asked.append(0) or {"loss": 1.0})
    bar.end({"loss": 1.0})
    bar.close()
    assert 8 <= len(asked) <= 10


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("steps", [10, None])
def test_a_bar_fits_into_one_line(clock, width, steps):
    bar = Bar(terminal(width))
    bar.begin("Epoch 1/2", steps)
    clock.now += 8.0
    text = bar._bar(5, {"loss": 0.5}, 8.0)
    assert len(text.plain) <= max(width, 50)
    assert text.plain.startswith("Epoch 1/2 ━━━")
    assert " - loss: 0.5000" in text.plain
    assert (" 5/10 - 8s left" in text.plain) == (steps == 10)
    assert (" 5/? - " in text.plain) == (steps is None)


def test_the_lines_of_finished_epochs_stay_above_the_bar(clock):
    console = terminal()
    bar = Bar(console)
    for epoch in (1, 2):
        bar.begin(f"Epoch {epoch}/2", 2)
        clock.now += 0.2
        bar.step(1, lambda: {"loss": 0.5})
        clock.now += 0.2
        bar.end({"loss": 0.25})
    bar.close()
    text = console.file.getvalue()
    assert "Epoch 1/2 - 0.4s - loss: 0.2500\n" in text
    assert text.index("Epoch 1/2 - 0.4s") < text.index("Epoch 2/2 - 0.4s")
    assert text.endswith("\x1b[?25h\r\x1b[1A\x1b[2K") or "\x1b[?25h" in text  # the cursor is back


class OutStream(io.StringIO):
    """The standard output of a notebook, by the module of its class."""


OutStream.__module__ = "ipykernel.iostream"


def as_shown(text):
    """What a notebook shows: what follows a carriage return is written over what stands there."""
    lines = []
    for line in text.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


def test_in_a_notebook_a_bar_is_written_over_itself(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", OutStream())
    bar = progress_for(1)
    assert type(bar) is NotebookBar
    for epoch in (1, 2):
        bar.begin(f"Epoch {epoch}/2", 4)
        for step, loss in enumerate((0.12345678, 1.0, 1.0), 1):
            clock.now += 0.2
            bar.step(step, lambda loss=loss: {"loss": loss})
        assert as_shown(sys.stdout.getvalue())[-1] == (
            f"Epoch {epoch}/2 ━━━━━━━━━━━━━━━╌╌╌╌╌ 3/4 - loss: 1.0000"
        )
        bar.end({"loss": 0.5})
    bar.close()
    assert as_shown(sys.stdout.getvalue()) == [
        "Epoch 1/2 - 0.6s - loss: 0.5000",
        "Epoch 2/2 - 0.6s - loss: 0.5000",
        "",
    ]
    assert "\r" not in sys.stdout.getvalue().rpartition("\n")[2]


def test_an_interrupted_bar_is_wiped(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", OutStream())
    with progress_for("auto") as bar:
        bar.begin("Epoch 1/1", 4)
        clock.now += 0.2
        bar.step(1, dict)
    assert as_shown(sys.stdout.getvalue()) == [""]


def test_fast_epochs_are_written_together(clock, monkeypatch):
    written = []
    monkeypatch.setattr(Lines, "_write", lambda self, text: written.append(text))
    lines = Lines()
    for epoch in range(50):
        lines.begin(f"Epoch {epoch}", 1)
        clock.now += 0.01
        lines.end({})
    lines.close()
    assert sum(text.count("\n") for text in written) == 50
    assert len(written) <= 7


def test_the_terminal_is_restored_when_training_fails(monkeypatch):
    closed = []
    monkeypatch.setattr(Lines, "close", lambda self: closed.append(True))

    class Trips(nn.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyError

    with pytest.raises(KeyError):
        model().fit(X, Y, callbacks=[Trips()], verbose=2)
    assert closed == [True]

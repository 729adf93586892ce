"""Session: one open page with its settings, its network and its training thread."""

from __future__ import annotations

import contextlib
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from typing import Any

import nn
from nn._core.identifiers import lookup
from nn.playground.code import code
from nn.playground.data import load
from nn.playground.outbox import Outbox
from nn.playground.run import MOST_EPOCHS, Run
from nn.playground.settings import SettingError, Settings
from nn.playground.table import Table, read_table

LOG = logging.getLogger("nn.playground")

FRAME = 1 / 20  # s, between two frames
BREATH = 0.004  # s, after each frame, in which other threads are sure to run
PACES = ("batch", "epoch", "fast")  # what is trained between two frames; fast: all that can be
UNITS = ("batch", "epoch")
EXPLODED = "loss explodes"
MOST_WAITING = 200  # messages of a page that are not yet answered

# The global generator is seeded, and drawn from while a network is made: by one thread at a time.
SEEDING = threading.Lock()

Command = Callable[[], None]


class Restarted(BaseException):
    """Unwinds `fit` when the page wants another network or was closed; not an Exception."""


class Session:
    """The training behind one page, and its controls.

    All of it happens in the session's own thread, which takes one command after the other: while
    it trains, between two batches.

    Args:
        outbox: takes what the page is to know.

    Attributes:
        token: the name of the session in addresses; nobody can guess it.
    """

    def __init__(self, outbox: Outbox) -> None:
        self.token = secrets.token_urlsafe(16)
        self._outbox = outbox
        self._commands: queue.Queue[Command] = queue.Queue(MOST_WAITING)
        self._settings: Settings | None = None
        self._table: Table | None = None
        self._run: Run | None = None
        self._runs = 0
        self._restart = False
        self._failed = False  # whether there is no network because it could not be trained
        self._closed = False
        self._playing = False
        self._until: str | None = None  # "batch" or "epoch": pause at the end of it
        self._pace = "epoch"
        self._probe: tuple[float, float] | None = None
        self._stale = False  # whether the page should see a frame, even when nothing is trained
        self._thread = threading.Thread(target=self._work, name="playground", daemon=True)
        self._thread.start()

    # -- for the server --------------------------------------------------------------------------

    def receive(self, message: Any) -> None:
        """Receive a message from the page.

        Raises:
            queue.Full: if too many are waiting.
        """
        self._commands.put_nowait(partial(self._obey, message))

    def replay(self) -> Future[str]:
        """The replay of the current step, as an HTML page; ValueError if there is no network.

        Raises:
            queue.Full: if too many messages are waiting.
        """
        answer: Future[str] = Future()
        self._commands.put_nowait(partial(self._answer, answer))
        return answer

    def close(self) -> None:
        """End the training; the thread ends soon after."""
        self._closed = True
        with contextlib.suppress(queue.Full):  # then the thread is awake, and sees it
            self._commands.put_nowait(lambda: None)

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end; whether it has come."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # -- the thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        """Take commands; train whenever there is a network to be trained."""
        while not self._closed:
            try:
                self._restart = False
                if self._settings is not None and not self._failed:
                    self._train(self._settings)
                else:
                    self._take_next()
            except Restarted:
                pass
            except SettingError as error:
                self._end(str(error), error.field)
            except FloatingPointError:  # the loss is not finite
                assert self._run is not None
                self._end(f"The loss is not finite any more. {self._run.explained(EXPLODED)}")
            except Exception as error:
                LOG.exception("training failed")
                self._end(f"{type(error).__name__}: {error}")

    def _train(self, settings: Settings) -> None:
        """Train a new network until the page wants another one."""
        data = load(settings, self._table)
        with ExitStack() as seeded:
            seeded.enter_context(SEEDING)
            nn.set_random_seed(settings.seed)
            self._runs += 1
            self._run = run = Run(self._runs, settings, data)
            self._stale = True
            self._outbox.post(run.described(code(settings, len(data.classes), self._table)))
            self._say_state()
            # The generator that shuffles is the last to be drawn from the global one: in `fit`.
            run.fit(Conductor(self, run, on_begin=seeded.close))

    def _end(self, message: str, field: str | None = None) -> None:
        """Drop a network that cannot be created or trained any further, and tell why."""
        self._run, self._failed = None, True
        self._playing, self._until = False, None
        self._outbox.post({"type": "error", "message": message, "field": field, "ended": True})
        self._say_state()

    # -- between batches, called by the conductor ------------------------------------------------

    def before_batch(self) -> None:
        """Take the commands that have come; while paused, wait for more."""
        while True:
            while not self._commands.empty():
                self._take_next()
            if self._closed or self._restart:
                raise Restarted
            if self._stale:
                self._show()
            if self._playing:
                return
            self._take_next()

    def after_batch(self, ends_epoch: bool) -> None:
        """Show a frame if due, wait in slow mode, pause on request."""
        run = self._run
        assert run is not None
        reached = self._until == "batch" or (self._until == "epoch" and ends_epoch)
        if reached or run.epoch >= run.paused_at:
            self._pause()
        elif self._pace == "batch" or (self._pace == "epoch" and ends_epoch):
            self._show_if_wanted()
            self._rest(until=max(run.next_frame, time.monotonic() + BREATH))
            run.next_frame = time.monotonic() + FRAME
        elif time.monotonic() >= run.next_frame:
            self._show_if_wanted()
            time.sleep(BREATH)
            run.next_frame = time.monotonic() + FRAME

    def _rest(self, until: float) -> None:
        """Let other threads run, and take commands."""
        while not (self._closed or self._restart):
            left = until - time.monotonic()
            if left <= 0:
                return
            self._take_next(left)

    def _show_if_wanted(self) -> None:
        """Show a frame, if the page has drawn the one before."""
        if self._outbox.wants_frame:
            self._show()

    def _show(self) -> None:
        assert self._run is not None
        self._stale = False
        header = {"playing": self._playing}
        frame = self._run.frame(header, self._probe)
        self._outbox.show(frame)
        said = self._run.advice(frame)
        if said is not None:
            self._outbox.post({"type": "coach", "text": said})

    def _pause(self) -> None:
        self._playing, self._until, self._stale = False, None, True
        self._say_code()
        self._say_state()

    # -- commands --------------------------------------------------------------------------------

    def _take_next(self, timeout: float | None = None) -> None:
        try:
            command = self._commands.get(timeout=timeout)
        except queue.Empty:
            return
        command()

    def _obey(self, message: Any) -> None:
        """Carry out a message, or tell the page why not."""
        try:
            if not isinstance(message, dict) or not isinstance(message.get("type"), str):
                raise ValueError('a message is an object with a "type"')
            handler = lookup("type of message", message["type"][:100], _HANDLERS)
            handler(self, message)
        except (TypeError, ValueError) as error:
            field = getattr(error, "field", None)
            self._outbox.post({"type": "error", "message": str(error), "field": field})

    def _take_settings(self, message: dict[str, Any]) -> None:
        self._settings = Settings.parse(message.get("settings"))
        self._restart_training()

    def _take_table(self, message: dict[str, Any]) -> None:
        name, text = message.get("name"), message.get("text")
        if not isinstance(name, str) or not isinstance(text, str):
            raise TypeError("a CSV file is sent as its name and its text")
        self._table = read_table(text, name[-200:])
        columns = [self._table.column_name(i) for i in range(self._table.width)]
        self._outbox.post({"type": "table", "name": self._table.name, "columns": columns})

    def _train_on(self, message: dict[str, Any]) -> None:
        self._play(until=None)

    def _step(self, message: dict[str, Any]) -> None:
        self._play(until=_one_of(UNITS, "unit", message))

    def _play(self, until: str | None) -> None:
        self._playing, self._until = True, until
        if self._run is None:
            self._restart_training()
        else:
            self._run.paused_at = self._run.epoch + MOST_EPOCHS
        self._say_state()

    def _pause_now(self, message: dict[str, Any]) -> None:
        if self._playing:
            self._pause()

    def _reset(self, message: dict[str, Any]) -> None:
        self._restart_training()
        self._playing, self._until = False, None
        self._say_state()

    def _restart_training(self) -> None:
        self._restart, self._failed = True, False

    def _set_pace(self, message: dict[str, Any]) -> None:
        self._pace = _one_of(PACES, "pace", message)

    def _set_learning_rate(self, message: dict[str, Any]) -> None:
        """The one setting that can be changed while the network is trained."""
        if self._settings is None:
            raise ValueError("there is no network yet whose learning rate could be set")
        self._settings = self._settings.changed("learning_rate", message.get("value"))
        if self._run is not None:
            self._run.set_learning_rate(self._settings.learning_rate)
            self._say_code()

    def _set_probe(self, message: dict[str, Any]) -> None:
        at = message.get("at")
        if at is None:
            self._probe = None
        elif (
            isinstance(at, list)
            and len(at) == 2
            and all(isinstance(x, (int, float)) and abs(x) < 1e6 for x in at)
        ):
            self._probe = float(at[0]), float(at[1])
        else:
            raise TypeError("a point to look at is [x1, x2], or null for none")
        self._stale = self._stale or not self._playing

    def _answer(self, answer: Future[str]) -> None:
        """Make the replay that the server waits for."""
        if not answer.set_running_or_notify_cancel():
            return
        try:
            if self._run is None:
                raise ValueError("there is no network yet: choose data to learn from")
            answer.set_result(self._run.replay())
        except Exception as error:
            answer.set_exception(error)

    # -- what the page is told -------------------------------------------------------------------

    def _say_state(self) -> None:
        self._outbox.post({"type": "state", "playing": self._playing})

    def _say_code(self) -> None:
        run = self._run
        if run is not None and self._settings is not None:
            text = code(self._settings, run.classes, self._table, run.epoch, run.notes())
            self._outbox.post({"type": "code", "code": text})


_HANDLERS: dict[str, Callable[[Session, dict[str, Any]], None]] = {
    "settings": Session._take_settings,
    "csv": Session._take_table,
    "train": Session._train_on,
    "pause": Session._pause_now,
    "step": Session._step,
    "reset": Session._reset,
    "pace": Session._set_pace,
    "learning_rate": Session._set_learning_rate,
    "probe": Session._set_probe,
}


def _one_of(known: tuple[str, ...], name: str, message: dict[str, Any]) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise TypeError(f"{name} is one of {', '.join(known)}")
    return lookup(name, value[:100], {each: each for each in known})


class Conductor(nn.Callback):
    """Gives a session control between the batches of `fit`."""

    def __init__(self, session: Session, run: Run, on_begin: Command) -> None:
        self._session, self._run, self._on_begin = session, run, on_begin

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._on_begin()

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._session.before_batch()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._run.step += 1
        self._run.batch += 1
        if self._run.batch < self._run.batches:
            self._session.after_batch(ends_epoch=False)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._run.finished_epoch(logs or {})
        self._session.after_batch(ends_epoch=True)

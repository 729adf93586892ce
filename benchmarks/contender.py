"""One contender in a process of its own, asked for one workload after the other.

Own processes, because contenders share nothing but the machine: thread pools, allocators, and the
number of objects that the cyclic garbage collector has to visit stay each contender's own. While
one is timed the others wait for their next request, asleep.
"""

import gc
import multiprocessing
import time
import traceback
from contextlib import ExitStack, contextmanager, suppress

from benchmarks import peers
from benchmarks.agreement import Outcome
from benchmarks.machine import cores
from benchmarks.workloads import CHAIN, PREDICTION

# On one core the time that the process computed, which other work on the machine does not change.
clock = time.perf_counter if cores() > 1 else time.process_time
WARM_UP_SECONDS = 0.1  # longer than the previous contender's idle threads keep spinning
PATIENCE_SECONDS = 240  # for one answer; a compiler may take a minute


@contextmanager
def company(names, patience=PATIENCE_SECONDS):
    """Context with a Contender of each name; they import their libraries at the same time."""
    with ExitStack() as stack:
        yield [stack.enter_context(Contender(name, patience)) for name in names]


class Contender:
    """Handle on the process that holds the contender; use as a context manager.

    Every question raises SkippedError when the contender cannot answer it.
    """

    def __init__(self, name, patience=PATIENCE_SECONDS):
        self.name = name
        self.patience = patience
        self._start()

    def _start(self):
        context = multiprocessing.get_context("spawn")
        self.connection, other_end = context.Pipe()
        self.process = context.Process(target=serve, args=(other_end, self.name), daemon=True)
        self.process.start()
        self.loading = True
        other_end.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.join(timeout=5)
        self.process.kill()

    def begin(self, workload):
        """Make `workload` in the place of the last one: (title, version, role).

        A process that has died, or was killed since it took too long, is replaced.
        """
        if not self.process.is_alive():
            self._start()
        if self.loading:
            self._answer(PATIENCE_SECONDS)
            self.loading = False
        return self._ask("begin", workload)

    def outcome(self):
        """The Outcome of the workload's checked steps."""
        return self._ask("outcome")

    def seconds_per_step(self, duration):
        """Warm up, then time as many steps as last about `duration` seconds."""
        return self._ask("seconds_per_step", duration)

    def last_loss(self):
        return self._ask("last_loss")

    def _ask(self, *request):
        with suppress(ConnectionError):  # said below, where the answer does not come
            self.connection.send(request)
        return self._answer(self.patience)

    def _answer(self, patience):
        try:
            if not self.connection.poll(patience):
                self.process.kill()
                self.process.join()
                raise peers.SkippedError(f"no answer within {patience} s")
            answer = self.connection.recv()
        except (EOFError, ConnectionError):
            raise peers.SkippedError("its process died") from None
        if isinstance(answer, peers.SkippedError):
            raise answer
        return answer


class Server:
    """The process's side: answers each question of Contender."""

    def __init__(self, name, workload):
        self.module = peers.load(name)
        self.workload = workload
        self.make = getattr(self.module, f"make_{workload.task}", None)
        if self.make is None:
            raise peers.NoSuchTaskError(f"has no {workload.task}")
        self.subject = self.make(workload)
        self.rate = 0.0

    def introduce(self):
        return self.module.TITLE, self.module.VERSION, self.module.ROLE

    def outcome(self):
        same = self.workload.checked == self.workload
        subject = self.subject if same else self.make(self.workload.checked)
        values = []
        for _ in range(self.workload.checked_steps):
            subject.step()
            values += values_of(subject, self.workload.task)
        return Outcome(values, arrays_of(subject, self.workload.task))

    def seconds_per_step(self, duration):
        repeat = getattr(self.subject, "repeat", None) or in_a_loop(self.subject.step)
        if self.rate < duration:  # where one step takes longer, what it warms up is no matter
            self.rate = warmed_up(repeat, WARM_UP_SECONDS)
        return timed(repeat, max(1, round(duration / self.rate)))

    def last_loss(self):
        return self.subject.loss()


def values_of(subject, task):
    if task == PREDICTION:
        return []
    return [subject.gradient() if task == CHAIN else subject.loss()]


def arrays_of(subject, task):
    if task == CHAIN:
        return []
    return [subject.result()] if task == PREDICTION else subject.parameters()


def serve(connection, name):
    """Answer questions until the other end closes."""
    with suppress(Exception):  # it comes again where a workload is begun, and is answered there
        peers.load(name)
    connection.send("loaded")
    server = None
    while True:
        try:
            method, *arguments = connection.recv()
        except (EOFError, ConnectionError):
            return
        try:
            if method == "begin":
                server = None
                gc.collect()  # the last workload's model
                server = Server(name, *arguments)
                answer = server.introduce()
            else:
                answer = getattr(server, method)(*arguments)
        except Exception as error:
            answer = as_skipped(error)
        connection.send(answer)


def as_skipped(error):
    """The error as a reason to go on without this contender; unexpected ones are shown in full."""
    if isinstance(error, peers.SkippedError):
        return error
    traceback.print_exception(error)
    first_line = str(error).partition("\n")[0][:200]
    return peers.SkippedError(f"{type(error).__name__}: {first_line}")


def in_a_loop(step):
    def repeat(count):
        for _ in range(count):
            step()

    return repeat


def warmed_up(repeat, duration):
    """Repeat for at least `duration` seconds, ever more at once: seconds per step of the last."""
    count, end = 1, time.perf_counter() + duration
    while True:
        rate = timed(repeat, count)
        if time.perf_counter() >= end:
            return rate
        count *= 2


def timed(repeat, count):
    """Seconds per step of `count` steps."""
    start = clock()
    repeat(count)
    return (clock() - start) / count

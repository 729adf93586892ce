"""One contender at one workload, in a process of its own.

Own processes, because contenders share nothing but the machine: thread pools, allocators, and the
number of objects that the cyclic garbage collector has to visit stay each contender's own.
"""

import multiprocessing
import time
from dataclasses import dataclass

from benchmarks import peers
from benchmarks.workloads import WORKLOADS

WARM_UP_SECONDS = 0.1  # longer than the previous contender's idle threads keep spinning


@dataclass
class Trajectory:
    """The losses of a few steps, and the parameters after the last."""

    losses: list
    parameters: list


class Contender:
    """Handle on the process that holds the contender's Step; use as a context manager."""

    def __init__(self, name, workload):
        context = multiprocessing.get_context("spawn")
        self.name = name
        self.connection, other_end = context.Pipe()
        self.process = context.Process(target=serve, args=(other_end, name, workload), daemon=True)
        self.process.start()
        other_end.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.join()

    def introduce(self):
        """(title, version, role); raises NotInstalledError."""
        return self._ask("introduce")

    def trajectory(self, steps):
        """Do `steps` steps: a Trajectory."""
        return self._ask("trajectory", steps)

    def seconds_per_step(self, duration):
        """Warm up, then time as many steps as last about `duration` seconds."""
        return self._ask("seconds_per_step", duration)

    def last_loss(self):
        return self._ask("last_loss")

    def _ask(self, *request):
        try:
            self.connection.send(request)
            answer = self.connection.recv()
        except (EOFError, ConnectionError):
            raise RuntimeError(f"{self.name} died; its own message is above") from None
        if isinstance(answer, peers.NotInstalledError):
            raise answer
        return answer


class Server:
    """The process's side: answers each method of Contender."""

    def __init__(self, name, workload):
        self.module = peers.load(name)
        self.step = self.module.make_step(WORKLOADS[workload])

    def introduce(self):
        return self.module.TITLE, self.module.VERSION, self.module.ROLE

    def trajectory(self, steps):
        losses = []
        for _ in range(steps):
            self.step.step()
            losses.append(self.step.loss())
        return Trajectory(losses, self.step.parameters())

    def seconds_per_step(self, duration):
        rate = run_for(self.step.step, WARM_UP_SECONDS)
        steps = max(1, round(duration / rate))
        return run_steps(self.step.step, steps)

    def last_loss(self):
        return self.step.loss()


def serve(connection, name, workload):
    """Answer requests until the other end closes."""
    try:
        server = Server(name, workload)
    except peers.NotInstalledError as error:
        connection.recv()
        connection.send(error)
        return
    while True:
        try:
            method, *arguments = connection.recv()
        except EOFError:
            return
        connection.send(getattr(server, method)(*arguments))


def run_for(step, duration):
    """Call `step` for at least `duration` seconds: seconds per call."""
    start, count = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < duration:
        step()
        count += 1
    return elapsed / count


def run_steps(step, count):
    """Call `step` `count` times: seconds per call."""
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count

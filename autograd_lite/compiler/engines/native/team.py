"""A team of threads in native code: blocks of work that idle threads take while the caller works.

Nobody waits for a thread that has not begun. The caller publishes a job, wakes parked threads and
takes blocks itself, one after the other; a thread that comes late finds none left. At the end the
caller waits for blocks that others are in the middle of. Who computes which block makes no
difference.

The team's memory is an array of words. Its *ticket* says which block is next: the number of the job
is in the upper half, that of the block in the lower. A block is taken by compare-and-swap, which
fails if anything has happened in between. So what a thread has read of a job belongs to the block
that it then has, and a job cannot end before each block that was taken is finished.
"""

from __future__ import annotations

from autograd_lite.compiler.engines.native.intrinsics import (
    call_native,
    call_semaphore,
    fetch_add,
    load,
    pause,
    replaced,
    store,
    ticks,
)

# The offsets of the words, in bytes. Those that are written to often have cache lines of their own.
TICKET, FINISHED, PARKED, WAITS, BUSY = 0, 64, 128, 192, 256
FUNCTION, GIVEN, COUNT, MOST = 320, 328, 336, 344  # the job
THREADS, PATIENCE = 384, 392  # how many may work; for how many ticks an idle one looks for more
WAIT, POST, FOREVER = 400, 408, 416  # the functions of semaphores, and how long to wait
BED, BELL = 424, 432  # the semaphores: of parked threads; of a caller that waits for the last block
PRODUCTS = {"float32": 440, "float64": 448}  # functions that compute a block of a product
OF_LANES, OF_SUMS = 456, 464  # functions that do a lane of a run, and one of its sums
OWN_SEMAPHORES = 512, 576
SIZE = 640

BUSY_FOR = 500  # so many times its patience does a thread not look, once another program ran
CLOSED = 0x7FFFFFFF  # in the lower half of the ticket: there is no block to take
HALF = 32


def _take(team: int, slot: int) -> bool:
    """Do one block; return whether there was one."""
    while True:
        ticket = load(team + TICKET)
        block = ticket & CLOSED
        function, given, count = load(team + FUNCTION), load(team + GIVEN), load(team + COUNT)
        if block >= count or slot >= load(team + MOST):
            return False
        if replaced(team + TICKET, ticket, ticket + 1):
            break
    call_native(function, given, block, slot)
    if fetch_add(team + FINISHED, 1) + 1 == count and replaced(team + WAITS, 1, 0):
        call_semaphore(load(team + POST), load(team + BELL), 1)
    return True


def _has_work(team: int, slot: int) -> bool:
    return bool(load(team + TICKET) & CLOSED < load(team + COUNT) and slot < load(team + MOST))


def _sleep(team: int, semaphore: int) -> None:
    while call_semaphore(load(team + WAIT), semaphore, load(team + FOREVER)) != 0:
        pass  # a signal came in between


def _rises(team: int) -> bool:
    """Count one parked thread less; return whether there was one. It gets, or is, one signal."""
    while True:
        parked = load(team + PARKED)
        if parked <= 0:
            return False
        if replaced(team + PARKED, parked, parked - 1):
            return True


def _look(team: int, slot: int, calm: int) -> int:
    """Look for work, for a while.

    Args:
        team: its address.
        slot: the number of the thread.
        calm: the time before which it sleeps at once.

    Returns:
        The next such time. Where another program had the processor between two looks, each look
        takes what somebody else could use, the caller perhaps.
    """
    patience, begun = load(team + PATIENCE), ticks()
    now = begun
    while begun >= calm and now - begun < patience and not _has_work(team, slot):
        pause()
        before = now
        now = ticks()
        if now - before > patience:
            calm = now + BUSY_FOR * patience
            break
    return calm


def work(team: int, slot: int) -> None:
    """The life of a thread of the team."""
    calm = 0
    while True:
        while _take(team, slot):
            pass
        calm = _look(team, slot, calm)
        fetch_add(team + PARKED, 1)
        # A job that was published before this thread counted as parked has not woken it.
        if not (_has_work(team, slot) and _rises(team)):
            _sleep(team, load(team + BED))


def together(team: int, function: int, given: int, count: int, most: int) -> None:
    """Do all blocks of a job: ``function(given, block, slot)`` for each block below `count`.

    `slot` is the number of the thread, from 0, the caller, below `most`. A job inside of another,
    and one beside another, are done by their callers alone.
    """
    threads = min(most, load(team + THREADS))
    if count < 2 or threads < 2 or not replaced(team + BUSY, 0, 1):
        for block in range(count):
            call_native(function, given, block, 0)
        return
    store(team + FUNCTION, function)
    store(team + GIVEN, given)
    store(team + COUNT, count)
    store(team + MOST, threads)
    store(team + FINISHED, 0)
    job = (load(team + TICKET) >> HALF) + 1
    store(team + TICKET, job << HALF)
    wanted = min(count, threads) - 1
    while wanted > 0 and _rises(team):
        call_semaphore(load(team + POST), load(team + BED), 1)
        wanted -= 1
    while _take(team, 0):
        pass
    store(team + TICKET, (job << HALF) | CLOSED)
    begun, patience = ticks(), load(team + PATIENCE)
    while load(team + FINISHED) != count and ticks() - begun < patience:
        pause()
    while load(team + FINISHED) != count:
        store(team + WAITS, 1)
        if load(team + FINISHED) == count and replaced(team + WAITS, 1, 0):
            break
        _sleep(team, load(team + BELL))
    store(team + BUSY, 0)


def time() -> int:
    """The time in ticks."""
    now: int = ticks()
    return now


# A run over parts of the samples, as words: the number and the threads of its lanes; the number of
# functions, of parts in a lane, of parts; the words of its sums, or 0; what a check that fails
# writes to, or 0; for each function its address and that of its table.
LANES, SLOTS, STEPS, EACH, PARTS, THEN, STATUS, FIRST = 0, 8, 16, 24, 32, 40, 48, 56
PAIR = 16


def run_shared(team: int, words: int) -> None:
    """Do a run, then its sums."""
    lanes, slots = load(words + LANES), load(words + SLOTS)
    together(team, load(team + OF_LANES), words, lanes, slots)
    then = load(words + THEN)
    if then != 0:
        count = load(then + STEPS)
        together(team, load(team + OF_SUMS), then, count, count)


def parts_of_lane(words: int, lane: int, slot: int) -> None:
    """Do the parts of one lane, in their order: all functions for each."""
    each, status = load(words + EACH), load(words + STATUS)
    for part in range(lane * each, min((lane + 1) * each, load(words + PARTS))):
        for step in range(load(words + STEPS)):
            place = words + FIRST + step * PAIR
            call_native(load(place), load(place + 8), part, slot)
            if status != 0 and load(status) != 0:
                return


def one_of_many(words: int, number: int, slot: int) -> None:
    """Do one of several functions."""
    place = words + FIRST + number * PAIR
    call_native(load(place), load(place + 8), 0, slot)

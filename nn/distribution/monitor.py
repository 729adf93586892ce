"""A process apart that tells which rank of a machine was killed.

Run as a script, by `nn.distribution.watchdog`: ``monitor.py FOLDER RANK:PID ...``. It needs nothing
but Python, waits until the first of the ranks ends, and says so if that rank neither said goodbye
nor was ended with the job.
"""

import os
import select
import shutil
import sys
import time
from pathlib import Path

SECONDS_FOR_NOTES = 0.2  # that other ranks may need to leave a note
PF_EXITING = 0x4  # in the flags of a process that runs its last instructions, include/linux/sched.h


def main(folder: Path, ranks: dict[int, int]) -> None:
    """Wait for the first rank that ends, and tell if it was killed.

    Args:
        folder: where ranks leave their notes.
        ranks: the process of each.
    """
    waiting = {}
    for rank, pid in ranks.items():
        try:
            waiting[os.pidfd_open(pid)] = rank
        except ProcessLookupError:
            _tell_unless_noted(folder, {rank: pid})
            return
    poll = select.poll()
    for file in waiting:
        poll.register(file, select.POLLIN)
    while waiting:
        ready = {waiting[file] for file, _ in poll.poll()}
        ended = ready | {rank for rank in waiting.values() if _is_ending(ranks[rank])}
        for file in [file for file, rank in waiting.items() if rank in ended]:
            del waiting[file]
            poll.unregister(file)
        if _tell_unless_noted(folder, {rank: ranks[rank] for rank in sorted(ended)}):
            return


def _is_ending(pid: int) -> bool:
    """Return if a process has begun to end, though the system does not call it ended yet.

    The connections of a killed rank close before it counts as ended. On a busy machine ``mpiexec``
    may see that and end another rank, which then is the first to be reported. The flag is
    PF_EXITING of Linux, in the seventh field after the name in ``/proc/PID/stat``.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return True
    return bool(int(fields[6]) & PF_EXITING)


def _tell_unless_noted(folder: Path, ended: dict[int, int]) -> bool:
    """Tell of ranks that ended without a note; return if the job is over.

    On a busy machine several may have ended until this process sees the first of them.
    """
    time.sleep(SECONDS_FOR_NOTES)
    silent = {r: pid for r, pid in ended.items() if not (folder / f"ended-{r}").exists()}
    if not silent:
        return False
    noted = any((folder / name).exists() for name in ("told", "aborted"))
    if not noted and folder.exists():
        named = ", ".join(f"rank {rank} (process {pid})" for rank, pid in silent.items())
        which = named if len(silent) == 1 else f"one of {named}"
        sys.stderr.write(f"nn.distribution: {which} was killed, so the job ends\n")
    shutil.rmtree(folder, ignore_errors=True)
    return True


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        {int(rank): int(pid) for rank, _, pid in (x.partition(":") for x in sys.argv[2:])},
    )

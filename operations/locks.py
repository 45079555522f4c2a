"""Locks that one folder's commands hold while they run; the kernel frees them however the holder ends."""

import fcntl
import os
import sys
import time
from pathlib import Path


class FolderLock:
    """One advisory lock file: exclusive for one holder, or shared by many. It never goes stale."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    def try_exclusive(self) -> bool:
        """Take the lock alone; False if anybody holds it. Names this command in the file for the others."""
        if not self._try(fcntl.LOCK_EX):
            return False
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()} {_command()}".encode(), 0)
        return True

    def try_shared(self) -> bool:
        """Take the lock beside other sharers; False while somebody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def wait_exclusive(self, seconds: float) -> bool:
        """Take the lock alone as soon as nobody else has it; False if that takes too long."""
        deadline = time.monotonic() + seconds
        while not self.try_exclusive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def holder(self) -> str:
        """Who took it alone last: "process 4711 (lapak run)"."""
        pid, _, command = self._file.read_text().partition(" ")
        return f"process {pid} ({command})"

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _try(self, kind: int) -> bool:
        if self._descriptor is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        return True


def _command() -> str:
    """This command as the person typed it, without its options, which may hold secrets."""
    return " ".join([Path(sys.argv[0]).name, *(word for word in sys.argv[1:2] if not word.startswith("-"))])

"""Become another program that ends when its parent does; run as a script with the standard library only.

Usage: python tether.py PARENT_PID SIGNAL USER COMMAND...

On Linux the kernel sends SIGNAL to the program when the process that started it ends, however that
happens. If USER is not empty (the caller is root), the program runs as that user; when that user may not
enter the folders above the working directory or the program, one capability lets it pass through them.
"""

import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522


def main() -> None:
    parent, number, user, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    if user:
        _become(user, reach=[Path(command[0]), Path.cwd()])
    if sys.platform == "linux":
        # After the change of user, which clears the setting.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
    # The interpreter ignores SIGPIPE, and an ignored signal would stay ignored in the program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606  - replacing this process is the purpose


def _become(user: str, *, reach: list[Path]) -> None:
    """Give up root for the user; the capability is kept only when a folder on the way is closed to others."""
    entry = pwd.getpwnam(user)
    keep = sys.platform == "linux" and any(_closed(path, entry.pw_uid) for path in reach)
    libc = ctypes.CDLL(None)
    if keep:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if keep and not any(_keep_capability(libc, number) for number in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)):
        sys.exit(f"the user {user} may not enter {reach[-1]}")


def _closed(path: Path, uid: int) -> bool:
    """Whether the path or a folder above it keeps the user out."""
    way = [step.stat() for step in (path.resolve(), *path.resolve().parents)]
    return any(not step.st_mode & 0o001 and step.st_uid != uid for step in way)


def _keep_capability(libc: ctypes.CDLL, number: int) -> bool:
    """Hold the one capability through exec; False where this machine does not grant it."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(*[1 << number] * 3, 0, 0, 0)  # effective, permitted, inheritable
    if libc.capset(header, sets) != 0:
        return False
    return bool(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) == 0)


if __name__ == "__main__":
    main()

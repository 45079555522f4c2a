"""TCP ports on the loopback address: whether one is free, and a steady choice for a folder."""

import socket
import zlib
from pathlib import Path

_FIRST, _COUNT = 20_000, 10_000  # below the ports a kernel hands out by itself


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections linger in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def steady_port(folder: Path) -> int:
    """The same port for the same folder each time, or the next free one while that is taken."""
    start = zlib.crc32(str(folder).encode()) % _COUNT
    return next(
        port for port in (_FIRST + (start + step) % _COUNT for step in range(_COUNT)) if is_free(port)
    )

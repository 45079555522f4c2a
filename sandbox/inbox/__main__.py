"""`python -m sandbox.inbox`: the mail inbox as a process of its own."""

import argparse
import sys
from pathlib import Path

from sandbox.inbox.mailbox import Mailbox
from sandbox.inbox.receiver import Receiver
from sandbox.inbox.web import create_app
from sandbox.serving import loopback_host, serve


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.inbox", description=__doc__)
    parser.add_argument("--host", type=loopback_host, default="127.0.0.1", help="loopback only")
    parser.add_argument("--smtp-port", type=int, default=12125)
    parser.add_argument("--http-port", type=int, default=12180)
    parser.add_argument("--folder", type=Path, default=Path("var/mail"))
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Serve until stopped; the result is the exit status."""
    asked = arguments(argv)
    try:
        mailbox = Mailbox(asked.folder)
        receiver = Receiver(mailbox, asked.host, asked.smtp_port)
        receiver.start()
    except OSError as problem:
        sys.stderr.write(
            f"Mail inbox: cannot receive on port {asked.smtp_port} into {asked.folder}: {problem}\n"
        )
        return 1
    app = create_app(mailbox, receiver)
    return serve(app, name="Mail inbox", host=asked.host, port=asked.http_port, on_stop=receiver.stop)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

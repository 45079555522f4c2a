"""`python -m sandbox.stripe`: the Stripe simulator as a process of its own."""

import argparse
import os
import sys
from pathlib import Path

from sandbox.serving import loopback_host, serve
from sandbox.stripe.app import create_app
from sandbox.stripe.control import Refused, check_webhook_url
from sandbox.stripe.world import World


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line; the webhook endpoint can come from the environment instead."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description=__doc__)
    parser.add_argument("--host", type=loopback_host, default="127.0.0.1", help="loopback only")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument(
        "--state-file", type=Path, help="keep the state here, so that a restart keeps what was paid"
    )
    parser.add_argument("--webhook-url", default=os.environ.get("SANDBOX_WEBHOOK_URL"))
    parser.add_argument("--webhook-secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", ""))
    parser.add_argument(
        "--bank-transfer-after",
        type=int,
        metavar="SECONDS",
        help="bank transfers arrive by themselves (default: never)",
    )
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Serve until stopped; the result is the exit status."""
    asked = arguments(argv)
    world = World()
    try:
        check_webhook_url(asked.webhook_url)
        if asked.state_file is not None and asked.state_file.exists():
            world.load(asked.state_file)
    except Refused as problem:
        sys.stderr.write(f"Stripe simulator: {problem}\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as problem:
        sys.stderr.write(
            f"Stripe simulator: cannot read {asked.state_file}, delete it to start anew: {problem}\n"
        )
        return 1
    if asked.webhook_url is not None:
        world.settings.update(webhook_url=asked.webhook_url, webhook_secret=asked.webhook_secret)
    if asked.bank_transfer_after is not None:
        world.settings["bank_transfer_seconds"] = asked.bank_transfer_after
    app, courier = create_app(world, state_file=asked.state_file)
    courier.start()
    return serve(app, name="Stripe simulator", host=asked.host, port=asked.port, on_stop=courier.stop)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

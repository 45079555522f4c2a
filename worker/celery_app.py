"""What Celery loads: `celery -A worker.celery_app:celery worker`, and the same with `beat`."""

from __future__ import annotations

import logging
import os

from kernel import log
from kernel.config import Config
from orders.adapters.stripe import StripeProvider
from worker.app import create_worker

log.set_up()
for name in ("celery.app.trace", "celery.worker.strategy"):
    logging.getLogger(name).setLevel(logging.WARNING)  # pulses each second would drown everything else

config = Config.from_env(os.environ)
celery = create_worker(config, StripeProvider.from_config(config))

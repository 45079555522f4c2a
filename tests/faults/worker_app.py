"""The worker that fault tests start as a process: the shop's own, with handlers that count, fail and kill."""

import os

from kernel import log
from kernel.config import Config
from tests.faults.handlers import SUBSCRIPTIONS
from worker.app import create_worker

log.set_up()
celery = create_worker(Config.from_env(os.environ), subscriptions=SUBSCRIPTIONS, silent=())

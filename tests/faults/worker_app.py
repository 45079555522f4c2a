"""The worker that fault tests start as a process: the shop's own, with handlers that count, fail and kill."""

import os

from kernel import log
from kernel.config import Config
from orders.adapters.stripe import StripeProvider
from tests.faults.handlers import SUBSCRIPTIONS
from worker import subscriptions
from worker.app import create_worker

log.set_up()
config = Config.from_env(os.environ)
# the shop's own jobs run here too; what they publish must not wait for ever for somebody who knows it
silent = (*subscriptions.SILENT, *{subscription.event for subscription in subscriptions.SUBSCRIPTIONS})
celery = create_worker(config, StripeProvider.from_config(config), subscriptions=SUBSCRIPTIONS, silent=silent)

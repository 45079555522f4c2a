"""The worker's factory: Celery with its settings, tasks and schedule, around a bare Flask app."""

from __future__ import annotations

from collections.abc import Sequence

import billiard.pool
from celery import Celery
from celery.signals import worker_process_init
from flask import Flask

from inventory.adapters.valkey import follow_catalogue
from kernel.config import Config
from kernel.db import db
from kernel.files import FileStore
from kernel.outbox import Event
from kernel.web import create_bare_app
from orders.ports import PaymentProvider
from worker.broker import mend_lost_connections
from worker.deliveries import Subscription
from worker.schedule import beat_schedule
from worker.settings import celery_settings
from worker.subscriptions import SILENT, SUBSCRIPTIONS, by_handler, handlers_by_event
from worker.tasks import register

_STATEMENT_SECONDS = 15

# A child that ends waits for its parent to read its last answers, by default half a minute, and a parent that
# is stopping reads no more. Two seconds are plenty: what was done is in the database.
billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 20


def create_worker(
    config: Config,
    provider: PaymentProvider,
    *,
    subscriptions: Sequence[Subscription] = SUBSCRIPTIONS,
    silent: Sequence[type[Event]] = SILENT,
) -> Celery:
    """The Celery app of worker and beat: `celery -A worker.celery_app:celery worker` (or `beat`)."""
    flask = create_context(config, provider, subscriptions=subscriptions, silent=silent)
    mend_lost_connections()
    celery = Celery("lapak", set_as_current=True)
    celery.conf.update(celery_settings(config))
    celery.conf.beat_schedule = beat_schedule()
    register(celery, flask)

    def forget_connections(**_: object) -> None:
        # a child must not speak through a connection it shares with its parent
        with flask.app_context():
            db.engine.dispose(close=False)

    worker_process_init.connect(forget_connections, weak=False)
    return celery


def create_context(
    config: Config,
    provider: PaymentProvider,
    *,
    subscriptions: Sequence[Subscription] = SUBSCRIPTIONS,
    silent: Sequence[type[Event]] = SILENT,
) -> Flask:
    """The Flask app whose context a task runs in: settings, database, languages, templates, who listens."""
    flask = create_bare_app(config, "worker", statement_seconds=_STATEMENT_SECONDS)
    follow_catalogue(flask, config.cache_url)
    flask.extensions["files"] = FileStore(config)
    flask.extensions["payments"] = provider
    flask.extensions["handlers"] = by_handler(subscriptions)
    flask.extensions["handlers_by_event"] = handlers_by_event(subscriptions, silent)
    return flask

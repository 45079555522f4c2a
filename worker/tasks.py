"""The tasks: each opens a transaction or hands on to one function, and takes ids and plain values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps

from celery import Celery
from flask import Flask, current_app

from kernel import log
from kernel.clock import now
from kernel.db import transaction
from kernel.mail import take_due_mails
from kernel.web import config
from worker import relay
from worker.deliveries import ANY_LONG, alone, handle
from worker.mailing import send_mail
from worker.relay import Bell, Broker
from worker.schedule import JOB_TASK, JOBS, MAILS_TASK, RELAY_TASK, run_job
from worker.settings import DELIVERIES, LONG_HARD_LIMIT, LONG_SOFT_LIMIT, MAILS, SCHEDULE

DELIVER_TASK, MAIL_TASK = "lapak.deliver", "lapak.mail"
DELIVER_LONG_TASK = "lapak.deliver_long"


def relay_events(broker: Broker) -> None:
    """Make deliveries of new events and ring for all that are due."""
    with transaction() as session:
        at = now()
        relay.dispatch(session, current_app.extensions["handlers_by_event"], at=at)
        handlers = current_app.extensions["handlers"]
        long = [name for name, each in handlers.items() if each.is_long]
        bells = relay.take_due(session, task=DELIVER_TASK, at=at, long_task=DELIVER_LONG_TASK, long=long)
    relay.ring(broker, bells)


def ring_for_mails(broker: Broker) -> None:
    """Ring for the mails that are due."""
    with transaction() as session:
        due = take_due_mails(session, at=now())
    relay.ring(broker, [Bell(MAIL_TASK, mail_id, attempts) for mail_id, attempts in due])


def deliver(_broker: Broker, delivery_id: int, attempts: int) -> None:
    """Work on one delivery."""
    extensions = current_app.extensions
    handle(delivery_id, attempts, handlers=extensions["handlers"], provider=extensions["payments"])


def deliver_long(broker: Broker, delivery_id: int, attempts: int) -> None:
    """Work on one delivery that may take a minute, unless another is worked on: they are never the whole
    worker, and the relay rings again.
    """
    with alone(ANY_LONG) as is_alone:
        if is_alone:
            deliver(broker, delivery_id, attempts)


def mail(_broker: Broker, mail_id: int, attempts: int) -> None:
    """Send one mail."""
    send_mail(mail_id, attempts, config=config())


def job(_broker: Broker, name: str) -> None:
    """Run one job of the schedule, if its slot is not done."""
    scheduled = next(job for job in JOBS if job.name == name)
    with transaction() as session:
        run_job(session, scheduled, at=now())


TASKS: Mapping[str, tuple[Callable[..., None], str]] = {
    RELAY_TASK: (relay_events, SCHEDULE),
    MAILS_TASK: (ring_for_mails, SCHEDULE),
    JOB_TASK: (job, SCHEDULE),
    DELIVER_TASK: (deliver, DELIVERIES),
    DELIVER_LONG_TASK: (deliver_long, DELIVERIES),
    MAIL_TASK: (mail, MAILS),
}
"""Every task by its name: the function, which gets the broker first, and the queue it waits in."""


_LIMITS: Mapping[str, dict[str, int]] = {
    DELIVER_LONG_TASK: {"soft_time_limit": LONG_SOFT_LIMIT, "time_limit": LONG_HARD_LIMIT}
}


def register(celery: Celery, flask: Flask) -> None:
    """Make Celery know the tasks; each runs in a context of `flask`."""
    for name, (function, _) in TASKS.items():
        celery.task(_in_context(celery, flask, name, function), name=name, **_LIMITS.get(name, {}))
    celery.conf.task_routes = {name: {"queue": queue} for name, (_, queue) in TASKS.items()}


def _in_context(
    celery: Celery, flask: Flask, name: str, function: Callable[..., None]
) -> Callable[..., None]:
    @wraps(function)
    def run(*args: int | str) -> None:
        with flask.app_context():
            log.request_id.set(":".join([name, *map(str, args)]))
            function(celery, *args)

    return run

"""Celery's settings: what is pinned so that a killed worker, a lost broker or a silent one loses nothing."""

from __future__ import annotations

from typing import Any

from kombu.entity import Queue

from kernel.config import Config

SOFT_LIMIT = 20
"""Seconds after which a task is interrupted; longer than two tries at a silent vendor."""

HARD_LIMIT = 30
"""Seconds after which a task's process is killed."""

LONG_SOFT_LIMIT, LONG_HARD_LIMIT = 80, 90
"""The same for what works on a whole table of many rows."""

VISIBILITY_TIMEOUT = 120
"""Seconds after which the broker hands an unacknowledged message on; beyond the longest task."""

_BROKER_SECONDS = 2

DELIVERIES, MAILS, SCHEDULE = "deliveries", "mails", "schedule"
"""The queues. A worker takes from them in turn, so a heap of one kind does not hold up the others."""


def celery_settings(config: Config) -> dict[str, Any]:
    """What the Celery app of `config` runs with."""
    sockets = {"socket_timeout": _BROKER_SECONDS, "socket_connect_timeout": _BROKER_SECONDS}
    return {
        "broker_url": config.broker_url,
        # a message is taken off the broker when its task has ended, however its process ends
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "task_soft_time_limit": SOFT_LIMIT,
        "task_time_limit": HARD_LIMIT,
        "worker_soft_shutdown_timeout": 30,
        # the broker is a doorbell: short waits, no repeats, the sweep rings again
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "result_backend_transport_options": {"visibility_timeout": VISIBILITY_TIMEOUT},
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_keepalive": True,
            **sockets,
        },
        "redis_socket_timeout": _BROKER_SECONDS,
        "redis_socket_connect_timeout": _BROKER_SECONDS,
        "broker_connection_timeout": _BROKER_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_publish_retry": False,
        "task_ignore_result": True,
        # ids and plain values only
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "result_accept_content": ["json"],
        "enable_utc": True,
        "timezone": "UTC",
        "worker_concurrency": 2,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "task_queues": [_queue(DELIVERIES), _queue(MAILS), _queue(SCHEDULE)],
        "task_default_queue": DELIVERIES,
        # no file beside the process: the rows of job_runs say what has been done
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_max_loop_interval": 5,
    }


def _queue(name: str) -> Queue:
    return Queue(name)  # type: ignore[no-untyped-call]  # kombu's types are partial

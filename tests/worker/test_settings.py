from typing import Any

import pytest

from tests.conftest import make_config
from tests.fakes import FakeProvider
from worker.app import create_worker
from worker.settings import HARD_LIMIT, SOFT_LIMIT

BROKER = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def conf() -> Any:
    return create_worker(
        make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", BROKER), FakeProvider()
    ).conf


PINNED = {
    "broker_url": BROKER,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_soft_shutdown_timeout": 30,
    "broker_connection_timeout": 2,
    "broker_connection_max_retries": None,
    "redis_socket_timeout": 2,
    "redis_socket_connect_timeout": 2,
    "task_publish_retry": False,
    "task_ignore_result": True,
    "accept_content": ["json"],
    "result_accept_content": ["json"],
    "task_serializer": "json",
    "result_serializer": "json",
    "timezone": "UTC",
    "beat_scheduler": "celery.beat:Scheduler",
}


class TestSettings:
    @pytest.mark.parametrize(("name", "value"), PINNED.items())
    def test_is_pinned(self, conf: Any, name: str, value: object) -> None:
        assert conf[name] == value

    def test_sets_the_visibility_timeout_in_all_three_places_beyond_the_longest_task(self, conf: Any) -> None:
        places = [
            conf["broker_transport_options"]["visibility_timeout"],
            conf["result_backend_transport_options"]["visibility_timeout"],
            conf["visibility_timeout"],
        ]
        assert len(set(places)) == 1
        assert places[0] > 2 * conf["task_time_limit"]

    def test_interrupts_a_task_before_it_kills_it(self, conf: Any) -> None:
        assert (conf["task_soft_time_limit"], conf["task_time_limit"]) == (SOFT_LIMIT, HARD_LIMIT)
        assert SOFT_LIMIT < HARD_LIMIT

    def test_brings_the_work_of_a_killed_worker_back_soon(self, conf: Any) -> None:
        options = conf["broker_transport_options"]
        assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)

    def test_does_not_wait_long_for_a_silent_broker(self, conf: Any) -> None:
        options = conf["broker_transport_options"]
        assert (options["socket_timeout"], options["socket_connect_timeout"]) == (2, 2)

    def test_every_task_has_a_queue_the_worker_takes_from(self, conf: Any) -> None:
        taken = {queue.name for queue in conf["task_queues"]}
        assert {route["queue"] for route in conf["task_routes"].values()} == taken

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy.orm import Session

from orders.errors import ProviderRejected, ProviderUnavailable
from tests.worker.conftest import HandWorker, Rang
from worker.deliveries import Subscription

Effect = Callable[..., None]


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the handler's process gets to run after it."""


def always(error: BaseException) -> Effect:
    def apply(session: Session, event: Rang, *answers: object, at: object) -> None:
        raise error

    return apply


class TestHandle:
    def test_leaves_the_effect_and_the_note_together(self, worker: HandWorker, leaves_a_row: Effect) -> None:
        worker.subscriptions = [Subscription(Rang, "leave_row", leaves_a_row)]
        worker.publish(Rang(1))
        assert worker.effects() == 0
        for bell in worker.bells():
            worker.answer(bell)
        assert worker.effects() == 1
        delivery = worker.delivery()
        assert (delivery.state, delivery.attempts, delivery.last_error) == ("done", 1, None)
        assert delivery.done_at is not None

    def test_a_second_bell_does_nothing(self, worker: HandWorker, leaves_a_row: Effect) -> None:
        worker.subscriptions = [Subscription(Rang, "leave_row", leaves_a_row)]
        worker.publish(Rang(1))
        (bell,) = worker.bells()
        for _ in range(3):
            worker.answer(bell)
        assert worker.effects() == 1
        assert worker.delivery().attempts == 1

    def test_bells_at_the_same_time_leave_one_effect(self, worker: HandWorker, leaves_a_row: Effect) -> None:
        worker.subscriptions = [Subscription(Rang, "leave_row", leaves_a_row)]
        worker.publish(Rang(1))
        (bell,) = worker.bells()
        barrier = Barrier(4)
        app = current_app._get_current_object()  # type: ignore[attr-defined]

        def ring() -> None:
            with app.app_context():
                barrier.wait()
                worker.answer(bell)

        threads = [Thread(target=ring) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert worker.effects() == 1
        assert worker.delivery().attempts == 1

    def test_a_failure_takes_the_effect_back_and_waits(
        self, worker: HandWorker, leaves_a_row: Effect
    ) -> None:
        def apply(session: Session, event: Rang, *, at: Any) -> None:
            leaves_a_row(session, event, at=at)
            raise RuntimeError("after the effect")

        worker.subscriptions = [Subscription(Rang, "break", apply)]
        worker.publish(Rang(1))
        (bell,) = worker.bells()
        worker.answer(bell)
        assert worker.effects() == 0
        delivery = worker.delivery()
        assert (delivery.state, delivery.attempts) == ("pending", 1)
        assert delivery.last_error == "RuntimeError: after the effect"

    def test_a_late_bell_of_the_failed_attempt_does_not_cut_the_wait_short(self, worker: HandWorker) -> None:
        worker.subscriptions = [Subscription(Rang, "break", always(RuntimeError()))]
        worker.publish(Rang(1))
        (bell,) = worker.bells()
        worker.answer(bell)
        worker.answer(bell)
        assert worker.delivery().attempts == 1

    def test_our_own_failure_is_a_dead_letter_after_five_attempts(self, worker: HandWorker) -> None:
        worker.subscriptions = [Subscription(Rang, "break", always(RuntimeError("no")))]
        worker.publish(Rang(1))
        for attempt in range(1, 8):
            assert worker.delivery().attempts if attempt > 1 else True
            worker.hurry()
            for bell in worker.bells():
                worker.answer(bell)
        delivery = worker.delivery()
        assert (delivery.state, delivery.attempts, delivery.last_error) == ("dead", 5, "RuntimeError: no")

    def test_an_attempt_that_kills_its_process_is_counted_and_made_again(
        self, worker: HandWorker, leaves_a_row: Effect
    ) -> None:
        worker.subscriptions = [Subscription(Rang, "leave_row", always(Killed()))]
        worker.publish(Rang(1))
        (bell,) = worker.bells()
        with pytest.raises(Killed):
            worker.answer(bell)
        assert worker.delivery().attempts == 1
        worker.subscriptions = [Subscription(Rang, "leave_row", leaves_a_row)]
        worker.answer(bell)  # the broker hands the same message to another process
        assert (worker.delivery().state, worker.delivery().attempts) == ("done", 2)
        assert worker.effects() == 1

    def test_what_kills_its_process_every_time_is_a_dead_letter_after_five_attempts(
        self, worker: HandWorker
    ) -> None:
        worker.subscriptions = [Subscription(Rang, "kill", always(Killed()))]
        worker.publish(Rang(1))
        (bell,) = worker.bells()
        for _ in range(5):
            with pytest.raises(Killed):
                worker.answer(bell)
        worker.answer(bell)
        assert (worker.delivery().state, worker.delivery().attempts) == ("dead", 5)

    def test_a_handler_that_no_release_knows_any_more_is_kept(
        self, worker: HandWorker, leaves_a_row: Effect
    ) -> None:
        worker.subscriptions = [Subscription(Rang, "old_name", leaves_a_row)]
        worker.publish(Rang(1))
        (bell,) = worker.bells()
        worker.subscriptions = []
        worker.answer(bell)
        assert (worker.delivery().state, worker.delivery().last_error) == ("pending", "KeyError: 'old_name'")


class TestAskingAVendor:
    @pytest.fixture
    def seen(self) -> list[object]:
        return []

    @pytest.fixture
    def apply(self, seen: list[object]) -> Effect:
        def apply(session: Session, event: Rang, answer: object, *, at: object) -> None:
            seen.append(answer)

        return apply

    def test_hands_the_answer_to_the_effect(
        self, worker: HandWorker, apply: Effect, seen: list[object]
    ) -> None:
        def ask(session: Session, event: Rang) -> int:
            return event.number + 1

        def call(provider: object, question: int) -> int:
            assert provider is worker.provider
            return question * 10

        worker.subscriptions = [Subscription(Rang, "ask_vendor", apply, ask=ask, call=call)]
        worker.publish(Rang(1))
        for bell in worker.bells():
            worker.answer(bell)
        assert seen == [20]
        assert worker.delivery().state == "done"

    def test_no_question_is_done_without_a_call(
        self, worker: HandWorker, apply: Effect, seen: list[object]
    ) -> None:
        def call(provider: object, question: int) -> int:
            raise AssertionError("nobody asked")

        worker.subscriptions = [
            Subscription(Rang, "ask_vendor", apply, ask=lambda session, event: None, call=call)
        ]
        worker.publish(Rang(1))
        for bell in worker.bells():
            worker.answer(bell)
        assert seen == []
        assert worker.delivery().state == "done"

    def test_a_refusal_for_good_is_an_answer(
        self, worker: HandWorker, apply: Effect, seen: list[object]
    ) -> None:
        refusal = ProviderRejected(reason="card_gone")

        def call(provider: object, question: int) -> int:
            raise refusal

        worker.subscriptions = [
            Subscription(Rang, "ask_vendor", apply, ask=lambda session, event: 1, call=call)
        ]
        worker.publish(Rang(1))
        for bell in worker.bells():
            worker.answer(bell)
        assert seen == [refusal]

    def test_an_absent_vendor_is_waited_for_beyond_five_attempts(
        self, worker: HandWorker, apply: Effect, seen: list[object]
    ) -> None:
        def call(provider: object, question: int) -> int:
            if worker.delivery().attempts < 7:
                raise ProviderUnavailable
            return 0

        worker.subscriptions = [
            Subscription(Rang, "ask_vendor", apply, ask=lambda session, event: 1, call=call)
        ]
        worker.publish(Rang(1))
        for _ in range(7):
            assert seen == []
            worker.hurry()
            for bell in worker.bells():
                worker.answer(bell)
        assert seen == [0]
        assert (worker.delivery().state, worker.delivery().attempts) == ("done", 7)

    def test_asks_outside_of_any_transaction(self, worker: HandWorker, apply: Effect, app: Flask) -> None:
        opened: list[bool] = []

        def call(provider: object, question: int) -> int:
            from kernel.db import db

            opened.append(db.session().in_transaction())
            return 0

        worker.subscriptions = [
            Subscription(Rang, "ask_vendor", apply, ask=lambda session, event: 1, call=call)
        ]
        worker.publish(Rang(1))
        for bell in worker.bells():
            worker.answer(bell)
        assert opened == [False]

"""What other shops got wrong in public, each failure with the tests that keep it from us.

The list stays right by itself: a test that is renamed or goes away is missed here.
"""

from __future__ import annotations

import ast
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import CUSTOMER
from inventory.errors import OutOfStock, StockNotFound, StockNotYours
from inventory.models import Reservation, Stock
from inventory.services.shelving import receive_pieces
from orders.models import Fulfilment
from orders.rules.allocation import Wish
from orders.services.placing import place_order
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.placing import make_command, make_shop, with_seen_total
from tests.servers import PROJECT

_GONE_MEANWHILE = (
    "storefront/web/test_checkout.py::TestOrderStep"
    "::test_stock_gone_meanwhile_says_what_is_left_and_keeps_the_cart"
)

LESSONS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "Two buyers get the last unit",
        ("concurrency/test_stock_races.py::TestLastUnit::test_has_exactly_one_buyer_every_round",),
    ),
    2: (
        "Checked in one transaction, allocated in another",
        ("concurrency/test_stock_races.py::TestLastUnit::test_the_naive_twin_sells_it_more_than_once",),
    ),
    3: (
        "An order without its allocation",
        ("orders/test_placing.py::TestPlaceOrder::test_ties_every_fulfilment_line_to_its_own_reservation",),
    ),
    4: (
        "An allocation written twice and never released",
        (
            "concurrency/test_stock_races.py::TestDoubleSubmit::test_eight_posts_of_one_form_are_one_order",
            "orders/test_expiring.py::TestExpireOrders::test_a_repeat_changes_nothing",
        ),
    ),
    5: (
        "Cancelling an unpaid order drives a counter below zero",
        ("orders/test_expiring.py::TestCancelOrder::test_ends_an_order_without_a_page_at_once",),
    ),
    6: (
        "Cancelling a parcel keeps its pieces promised",
        (
            "orders/test_fulfilling.py::TestCannotSupply::test_a_whole_parcel_is_cancelled_with_its_shipping_cost",
            "reporting/test_invariants.py::TestViolations::test_bites",
        ),
    ),
    7: (
        "An unpaid order keeps stock for ever",
        ("orders/test_expiring.py::TestExpireOrders::test_ends_an_order_nobody_began_to_pay",),
    ),
    8: (
        "All places together have enough, and only the first is reserved",
        (
            "orders/test_allocation.py::TestAllocate::test_splits_a_line_when_no_upt_has_enough",
            "orders/test_placing.py::TestPlaceOrder::test_splits_lines_over_upts_and_reserves_each_share",
        ),
    ),
    9: (
        "Shipped from another place than the reserved one",
        ("orders/test_fulfilling.py::TestShip::test_stock_is_taken_where_it_was_reserved",),
    ),
    10: (
        "A parcel that loses pieces restocks them wrongly",
        (
            "orders/test_fulfilling.py::TestCannotSupply::test_some_pieces_are_cancelled_and_their_money_goes_back",
            "orders/test_fulfilling.py::TestCannotSupply::test_what_is_left_can_still_be_shipped",
        ),
    ),
    11: (
        "The customer's return and the webhook both finish the order",
        (
            "concurrency/test_settling_races.py::TestOneEffect::test_of_ten_webhooks_a_return_and_a_reconciliation",
        ),
    ),
    12: (
        "Paid, and there is no order",
        (
            "faults/test_stripe_faults.py::TestF19TooEarly::test_news_of_a_payment_not_yet_committed_waits_for_it",
            "orders/test_settling.py::TestPaid::test_joins_a_payment_whose_page_was_never_recorded",
        ),
    ),
    13: (
        "Paid, the stock gone, the money kept",
        ("faults/test_stripe_faults.py::TestF23TooLate::test_money_after_the_stock_is_gone_goes_back",),
    ),
    14: (
        "Putting something into the cart waits for others",
        (
            "storefront/web/test_cart.py::TestCart::test_shows_lines_and_total_in_three_statements",
            "bench/test_bench.py::TestBench::test_no_operation_asks_the_database_more_often_than_it_should",
        ),
    ),
    15: (
        "A partner sees or changes another partner's part of an order",
        (
            "test_access.py::TestStaffRoutes::test_what_is_not_theirs_looks_missing_and_stays_as_it_is",
            "orders/test_fulfilling.py::TestScope::test_another_upts_officer_finds_nothing",
        ),
    ),
    16: (
        "A part of a split order can never be shipped",
        ("orders/test_fulfilling.py::TestCannotSupply::test_the_other_parcel_of_the_order_ships_on",),
    ),
    17: (
        "A split parcel is charged twice",
        (
            "orders/test_placing.py::TestPlaceOrder::test_splits_lines_over_upts_and_reserves_each_share",
            "orders/test_placing.py::TestRefusals::test_a_total_that_is_not_the_one_seen",
        ),
    ),
    18: (
        "Given back in full and still called paid; a payout that fails later is not noticed",
        (
            "orders/test_fulfilling.py::TestCannotSupply::test_everything_cancelled_gives_everything_back",
            "orders/test_refunding.py::TestGivingBack::test_waits_for_a_slow_one_and_reopens_one_that_fails_later",
        ),
    ),
    19: (
        "A shelf set to nothing still receives orders",
        (_GONE_MEANWHILE,),
    ),
    20: (
        "A raw error of a rule is shown to the customer",
        (
            _GONE_MEANWHILE,
            "inventory/web/test_stock.py::TestChanges::test_says_beside_the_field_what_is_no_count",
        ),
    ),
    21: (
        "What one person may use once is used twice at the same time",
        ("concurrency/test_limit_races.py::test_gets_what_one_person_gets",),
    ),
    22: (
        "Stock is taken from a branch that never agreed to sell here",
        ("test_lessons.py::test_nothing_is_taken_from_a_upt_that_offered_nothing",),
    ),
}


def test_there_are_twenty_two() -> None:
    assert sorted(LESSONS) == list(range(1, 23))


@pytest.mark.parametrize("number", LESSONS)
def test_each_is_kept_by_tests_that_exist(number: int) -> None:
    _, tests = LESSONS[number]
    missing = [test for test in tests if test.partition("::")[2] not in names_in(test.partition("::")[0])]
    assert tests
    assert missing == []


def names_in(file: str) -> set[str]:
    """The tests in a file under tests/, those of a class with its name before them."""
    tree = ast.parse((PROJECT / "tests" / file).read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    bodies = [("", tree.body), *((f"{each.name}::", each.body) for each in classes)]
    return {f"{of}{node.name}" for of, body in bodies for node in body if isinstance(node, ast.FunctionDef)}


def test_nothing_is_taken_from_a_upt_that_offered_nothing(session: Session, at: datetime) -> None:
    """Ciamis makes nets too and has put none on its shelf here; only its own officers could."""
    shop = make_shop(session, at=at, nets=(4, 0))
    garut = make_officer(session, shop.garut)
    directorate = make_user(session)
    make_membership(session, directorate, "directorate")
    for user, refusal in ((garut, StockNotFound), (directorate, StockNotYours)):
        with pytest.raises(refusal):
            receive_pieces(
                session,
                shop.ciamis.code,
                shop.net.sku,
                9,
                reason="made",
                key="form-1",
                actor=actor_of(session, user.id, user.name),
                at=at,
            )

    for wish in (Wish(1, shop.net.id, 5), Wish(1, shop.net.id, 1, shop.ciamis.id)):
        with pytest.raises(OutOfStock) as refused:
            place_order(session, make_command(wish, seen_total=1), actor=CUSTOMER, at=at)
        assert shop.ciamis.name not in str(refused.value.parameters["where"])
    ready = with_seen_total(session, make_command(Wish(1, shop.net.id, 4)), at=at)
    place_order(session, ready, actor=CUSTOMER, at=at)

    assert session.scalars(select(Fulfilment.upt_id)).all() == [shop.garut.id]
    held = select(Stock.upt_id, func.sum(Reservation.held)).join(Reservation).group_by(Stock.upt_id)
    assert [tuple(row) for row in session.execute(held)] == [(shop.garut.id, 4)]

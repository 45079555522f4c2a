"""One person gets so many pieces in a period: who is one person, and what counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER
from inventory.models import Product
from orders.errors import OwnTextRefused, PurchaseLimit
from orders.models import Order, OrderLine
from orders.rules.allocation import Wish
from orders.rules.limits import Bought, Person, allowance, person
from orders.services.placing import Contact, place_order
from tests.factories.enquiries import make_terms
from tests.factories.inventory import make_variant
from tests.factories.placing import Shop, make_command, make_placed_order, make_shop, with_seen_total
from tests.queries import CountedQueries

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SARI = Contact("sari@example.com", "Sari", "081234567890")


class TestPerson:
    @pytest.mark.parametrize(
        ("email", "folded"),
        [
            ("Sari@Example.COM", "sari@example.com"),
            (" sari+toko@example.com ", "sari@example.com"),
            ("s.a.r.i@example.com", "s.a.r.i@example.com"),
            ("s.a.r.i+1@gmail.com", "sari@gmail.com"),
            ("sari@googlemail.com", "sari@gmail.com"),
            ("+tag@example.com", "+tag@example.com"),
        ],
    )
    def test_has_one_address_however_it_is_written(self, email: str, folded: str) -> None:
        assert person(email, "0812").email == folded

    @pytest.mark.parametrize(
        "phone",
        ["081234567890", "+6281234567890", "6281234567890", "006281234567890", "+62 0812-3456-7890"],
    )
    def test_has_one_number_however_it_is_written(self, phone: str) -> None:
        assert person("a@b.c", phone) == Person("a@b.c", "6281234567890")

    def test_abroad_is_left_as_it_is(self) -> None:
        assert person("a@b.c", "+82 2 312 3456").phone == "8223123456"


class TestAllowance:
    BOUGHT = (Bought(NOON - timedelta(days=20), 2), Bought(NOON - timedelta(days=5), 1))

    def test_counts_what_lies_within_the_period(self) -> None:
        assert allowance(self.BOUGHT, most=3, days=30, at=NOON) == 0
        assert allowance(self.BOUGHT, most=3, days=20, at=NOON) == 2
        assert allowance(self.BOUGHT, most=2, days=30, at=NOON) == 0


@pytest.fixture
def shop(session: Session, at: datetime) -> Shop:
    """Three nets a person in thirty days; bread without limit."""
    shop = make_shop(session, at=at, nets=(20, 5), breads=9)
    make_terms(session, shop.net.product_id, limit_pieces=3, limit_days=30)
    return shop


def refused(session: Session, *wishes: Wish, at: datetime, **changes: Any) -> dict[str, Any]:
    """Why an order is refused; nothing of it stays."""
    before = session.scalar(select(func.count()).select_from(Order))
    with pytest.raises(PurchaseLimit) as refusal, session.begin_nested():
        make_placed_order(session, *wishes, at=at, **changes)
    assert session.scalar(select(func.count()).select_from(Order)) == before
    return refusal.value.parameters


class TestPlacing:
    def test_more_than_anybody_gets_is_refused(self, session: Session, shop: Shop, at: datetime) -> None:
        about = refused(session, Wish(1, shop.net.id, 4), at=at)
        assert about == {"product": "Coir Net", "most": 3, "days": 30, "left": 3}

    def test_lines_and_variants_of_one_product_count_together(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        product = session.get_one(Product, shop.net.product_id)
        twin = make_variant(session, product, name="kecil")
        session.execute(
            text("UPDATE stocks SET variant_id = :twin WHERE upt_id = :upt AND variant_id = :net"),
            {"twin": twin.id, "upt": shop.ciamis.id, "net": shop.net.id},
        )
        assert refused(session, Wish(1, shop.net.id, 2), Wish(2, twin.id, 2), at=at)["left"] == 3

    @pytest.mark.parametrize(
        "contact",
        [
            Contact("SARI+2@example.com", "Orang lain", "089999999999"),
            Contact("lain@example.com", "Orang lain", "+62812-3456-7890"),
        ],
    )
    def test_earlier_orders_of_the_person_count(
        self, session: Session, shop: Shop, at: datetime, contact: Contact
    ) -> None:
        make_placed_order(session, Wish(1, shop.net.id, 2), at=at, contact=SARI)
        later = at + timedelta(days=3)
        about = refused(session, Wish(1, shop.net.id, 2), at=later, contact=contact)
        # nothing of when the earlier order was made
        assert about == {"product": "Coir Net", "most": 3, "days": 30, "left": 1}
        assert make_placed_order(session, Wish(1, shop.net.id, 1), at=later, contact=contact)
        assert make_placed_order(session, Wish(1, shop.bread.id, 5), at=later, contact=contact)

    def test_others_and_later_days_are_free(self, session: Session, shop: Shop, at: datetime) -> None:
        make_placed_order(session, Wish(1, shop.net.id, 3), at=at, contact=SARI)
        other = Contact("budi@example.com", "Budi", "087777777777")
        assert make_placed_order(session, Wish(1, shop.net.id, 3), at=at, contact=other)
        month_later = at + timedelta(days=30)
        assert make_placed_order(session, Wish(1, shop.net.id, 3), at=month_later, contact=SARI)

    @pytest.mark.parametrize("state", ["cancelled", "expired"])
    def test_what_came_to_nothing_does_not_count(
        self, session: Session, shop: Shop, at: datetime, state: str
    ) -> None:
        make_placed_order(session, Wish(1, shop.net.id, 3), at=at)
        session.execute(text("UPDATE orders SET state = :state, ended_at = placed_at"), {"state": state})
        assert make_placed_order(session, Wish(1, shop.net.id, 3), at=at)

    def test_pieces_that_could_not_be_supplied_do_not_count(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        make_placed_order(session, Wish(1, shop.net.id, 3), at=at)
        session.execute(text("UPDATE fulfilment_lines SET cancelled = 2"))
        assert make_placed_order(session, Wish(1, shop.net.id, 2), at=at)

    def test_asks_nothing_where_nothing_is_limited(
        self, session: Session, shop: Shop, at: datetime, count_queries: CountedQueries
    ) -> None:
        free = with_seen_total(session, make_command(Wish(1, shop.bread.id, 1)), at=at)
        limited = with_seen_total(session, make_command(Wish(1, shop.net.id, 1)), at=at)
        with count_queries(session) as few:
            place_order(session, free, actor=CUSTOMER, at=at)
        with count_queries(session) as more:
            place_order(session, limited, actor=CUSTOMER, at=at)
        assert not any("limit:" in statement for statement in few)
        assert sum("limit:" in statement for statement in more) == 1


class TestOwnTexts:
    @pytest.fixture
    def board(self, session: Session, shop: Shop) -> Shop:
        make_terms(
            session,
            shop.bread.product_id,
            own_text_label_id="Nama",
            own_text_most=12,
            own_text_required=True,
        )
        return shop

    def test_lines_of_one_variant_keep_theirs_and_share_its_stock(
        self, session: Session, board: Shop, at: datetime
    ) -> None:
        wishes = (Wish(1, board.bread.id, 2), Wish(2, board.bread.id, 3))
        make_placed_order(session, *wishes, at=at, own_texts={1: "<Sari>", 2: "Budi"})
        rows = session.execute(select(OrderLine.own_text, OrderLine.quantity).order_by(OrderLine.position))
        assert [tuple(row) for row in rows] == [("<Sari>", 2), ("Budi", 3)]

    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ({}, "own_text_missing"),
            ({1: "x" * 13}, "own_text_too_long"),
            ({1: "081234567890"}, "own_text_phone"),
            ({1: "sari.com"}, "own_text_link"),
            ({1: "a\nb"}, "own_text_control"),
        ],
    )
    def test_are_checked_once_more(
        self, session: Session, board: Shop, at: datetime, written: dict[int, str], code: str
    ) -> None:
        with pytest.raises(OwnTextRefused) as refusal:
            make_placed_order(session, Wish(1, board.bread.id, 1), at=at, own_texts=written)
        assert refusal.value.code == code

    def test_are_refused_where_none_is_offered(self, session: Session, board: Shop, at: datetime) -> None:
        with pytest.raises(OwnTextRefused) as refusal:
            make_placed_order(session, Wish(1, board.net.id, 1), at=at, own_texts={1: "Sari"})
        assert refusal.value.code == "own_text_not_offered"

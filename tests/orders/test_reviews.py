"""Reviews: only of what arrived, once a product and buyer, decided by offices above the UPT."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Kanwil, Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.models import CatalogueEntry, Product, Variant
from kernel.files import FilesToForget
from orders.errors import (
    MessageRefused,
    OrderLineNotFound,
    OrderNotFound,
    ReviewAnswered,
    ReviewChanged,
    ReviewExists,
    ReviewNotFound,
    ReviewNotYours,
    ReviewSettled,
    ReviewTooSoon,
    StarsInvalid,
    WrongState,
)
from orders.events import ReviewAnswerPublished, ReviewInvited, ReviewPublished, ReviewRefused
from orders.models import Order, Review
from orders.queries import reviews as review_queries
from orders.queries.reviews import (
    published_picture,
    published_reviews,
    review_picture_for,
    review_picture_of_order,
    reviewed_line,
    reviews_for,
    reviews_waiting,
)
from orders.rules.allocation import Wish
from orders.rules.reviews import INVITED_AFTER, INVITED_BEFORE, REVIEW_STATES, shown_name
from orders.services.fulfilling import cannot_supply
from orders.services.inviting import invite_reviews
from orders.services.moderating import answer_review, publish_review, refuse_review, remove_answer
from orders.services.placing import Contact
from orders.services.reviewing import write_review
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.inventory import list_products, make_upt
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.paying import published
from tests.factories.placing import make_shop
from tests.factories.reviews import (
    deliver_all,
    make_delivered_order,
    make_director,
    make_published_review,
    make_review,
    sent_picture,
)

OTHER = Contact("budi@example.com", "Budi Hartono", "081298765432")


@dataclass(frozen=True)
class Bought:
    """Bread of Garut that has arrived at Sari's."""

    order: Order
    garut: Upt
    bread: Variant
    net: Variant


@pytest.fixture
def bought(session: Session, at: datetime) -> Bought:
    shop = make_shop(session, at=at, breads=9)
    list_products(session, session.get_one(Product, shop.bread.product_id))
    order = make_delivered_order(session, Wish(1, shop.bread.id, 1), at=at)
    return Bought(order, shop.garut, shop.bread, shop.net)


def officer_of(session: Session, upt: Upt) -> Actor:
    user = make_officer(session, upt)
    return actor_of(session, user.id, user.name)


def kanwil_of(session: Session, upt: Upt) -> Actor:
    user = make_user(session)
    make_membership(session, user, "kanwil_officer", kanwil=session.get_one(Kanwil, upt.kanwil_id))
    return actor_of(session, user.id, user.name)


def reviews(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Review)).one()


def rated(session: Session, variant: Variant) -> tuple[int, int, int]:
    entry = session.get_one(CatalogueEntry, variant.product_id, populate_existing=True)
    return entry.rating_count, entry.rating_total, entry.rating_rank


class TestWriting:
    def test_waits_for_a_moderator_and_counts_for_nothing_yet(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        review = make_review(session, bought.order, at=at)
        assert (review.state, review.stars, review.upt_id) == ("waiting", 4, bought.garut.id)
        assert review.product_id == bought.bread.product_id
        assert rated(session, bought.bread) == (0, 0, 0)
        assert published_reviews(session, review.product_id).rows == ()
        assert (
            session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first()
            == "review.written"
        )

    def test_new_photographs_take_the_place_of_old_ones_and_a_repeat_of_none(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        first, second = sent_picture("reviews"), sent_picture("reviews")
        review = make_review(session, bought.order, at=at, key="a", pictures=[first])
        make_review(session, bought.order, at=at, key="a", pictures=[second])
        make_review(session, bought.order, at=at, key="b", body="Lain")
        shown = reviewed_line(session, bought.order.number, 1).review
        assert shown is not None
        assert [each.key for each in shown.pictures] == [first.key]
        assert published(session, FilesToForget) == []
        make_review(session, bought.order, at=at, key="c", pictures=[second, sent_picture("reviews")])
        make_review(session, bought.order, at=at, key="d", pictures=[])
        gone = [each.keys for each in published(session, FilesToForget)]  # type: ignore[attr-defined]
        assert gone[0] == [first.file_key]
        assert second.file_key in gone[1]
        with pytest.raises(ReviewNotFound):
            review_picture_of_order(session, bought.order.number, second.key)
        assert review.version == 4

    def test_a_photograph_is_its_buyers_and_the_offices_until_it_is_published(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        picture = sent_picture("reviews")
        review = make_review(session, bought.order, at=at, pictures=[picture])
        other = make_delivered_order(session, Wish(1, bought.bread.id, 1), at=at, contact=OTHER)
        officer, director = officer_of(session, bought.garut), make_director(session)
        assert review_picture_of_order(session, bought.order.number, picture.key) == picture.file_key
        assert review_picture_for(session, director, picture.key) == picture.file_key
        with pytest.raises(ReviewNotFound):
            review_picture_of_order(session, other.number, picture.key)
        with pytest.raises(ReviewNotFound):
            review_picture_for(session, officer, picture.key)
        with pytest.raises(ReviewNotFound):
            published_picture(session, picture.key)
        publish_review(session, review.number, seen=1, actor=director, at=at)
        (shown,) = published_reviews(session, review.product_id).rows
        assert [each.key for each in shown.pictures] == [picture.key]
        assert published_picture(session, picture.key) == picture.file_key
        assert review_picture_for(session, officer, picture.key) == picture.file_key
        refuse_review(session, review.number, "Ada wajah.", seen=2, actor=director, at=at)
        with pytest.raises(ReviewNotFound):
            published_picture(session, picture.key)

    def test_a_repeated_key_changes_nothing_and_a_new_one_rewords(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        number = bought.order.number
        for key, stars, is_new in (("a", 5, True), ("a", 1, False), ("b", 2, True)):
            done = write_review(session, number, 1, stars=stars, body="Enak", key=key, actor=CUSTOMER, at=at)
            assert done is is_new
        review = session.scalars(select(Review)).one()
        assert (review.stars, review.version) == (2, 2)

    def test_what_has_not_arrived_cannot_be_reviewed(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        order = make_paid_order(session, Wish(1, bought.net.id, 1), at=at)
        with pytest.raises(ReviewTooSoon):
            make_review(session, order, at=at)
        assert reviews(session) == 0

    def test_what_was_not_bought_cannot_be_reviewed(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        with pytest.raises(OrderLineNotFound):
            make_review(session, bought.order, at=at, position=2)
        with pytest.raises(OrderNotFound):
            write_review(session, "LP-0", 1, stars=5, body="x", key="k", actor=CUSTOMER, at=at)
        assert reviews(session) == 0

    def test_the_link_of_a_forgotten_buyer_writes_nothing(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        bought.order.email = bought.order.buyer_email = ""
        session.flush()
        with pytest.raises(OrderNotFound):
            make_review(session, bought.order, at=at)
        assert session.scalars(select(Review)).all() == []

    def test_a_product_is_reviewed_once_by_a_buyer(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        make_review(session, bought.order, at=at)
        again = make_delivered_order(session, Wish(1, bought.bread.id, 1), at=at)
        with pytest.raises(ReviewExists):
            make_review(session, again, at=at)
        others = make_delivered_order(session, Wish(1, bought.bread.id, 1), at=at, contact=OTHER)
        make_review(session, others, at=at)
        assert reviews(session) == 2

    def test_an_account_counts_as_one_buyer_whatever_address_it_typed(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        user = make_user(session)
        others = make_delivered_order(session, Wish(1, bought.bread.id, 1), at=at, contact=OTHER)
        bought.order.user_id = others.user_id = user.id
        make_review(session, bought.order, at=at)
        with pytest.raises(ReviewExists):
            make_review(session, others, at=at)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ("Telepon saya 0812-3456-7890", "message_phone"),
            ("Dibuat napi Joko Susilo", "message_names_person"),
            ("Registernya BI 123/2024", "message_register"),
            ("lihat tokosari.com", "message_link"),
        ],
    )
    def test_is_screened_like_a_message(
        self, session: Session, bought: Bought, at: datetime, body: str, code: str
    ) -> None:
        with pytest.raises(MessageRefused) as refused:
            make_review(session, bought.order, at=at, body=body)
        assert refused.value.code == code
        assert reviews(session) == 0

    @pytest.mark.parametrize("stars", [0, 6, -1])
    def test_has_one_to_five_stars(self, session: Session, bought: Bought, at: datetime, stars: int) -> None:
        with pytest.raises(StarsInvalid):
            make_review(session, bought.order, at=at, stars=stars)
        assert reviews(session) == 0

    def test_is_final_once_published(self, session: Session, bought: Bought, at: datetime) -> None:
        make_published_review(session, bought.order, at=at)
        with pytest.raises(ReviewSettled):
            make_review(session, bought.order, at=at, stars=1)
        assert rated(session, bought.bread)[:2] == (1, 4)


class TestModerating:
    def test_counts_what_is_published_and_takes_down_what_is_refused(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        first = make_published_review(session, bought.order, at=at, stars=5)
        others = make_delivered_order(session, Wish(1, bought.bread.id, 1), at=at, contact=OTHER)
        make_published_review(session, others, at=at, stars=2, body="Keras")
        assert rated(session, bought.bread) == (2, 7, 1000 * 22 // 7)
        shown = published_reviews(session, first.product_id)
        assert [each.author for each in shown.rows] == ["Budi H.", "Sari"]
        kanwil = kanwil_of(session, bought.garut)
        assert refuse_review(session, first.number, "Salah barang.", seen=2, actor=kanwil, at=at)
        assert rated(session, bought.bread)[:2] == (1, 2)
        assert violations(session, at=at) == {}

    def test_is_never_for_the_reviewed_upt(self, session: Session, bought: Bought, at: datetime) -> None:
        review = make_review(session, bought.order, at=at)
        officer = officer_of(session, bought.garut)
        for actor in (officer, officer_of(session, make_upt(session)), kanwil_of(session, make_upt(session))):
            with pytest.raises(ReviewNotFound):
                publish_review(session, review.number, seen=1, actor=actor, at=at)
        both = Actor(
            "Asep",
            1,
            frozenset({"upt_officer", "kanwil_officer"}),
            officer.upt_ids,
            frozenset({bought.garut.kanwil_id}),
        )
        with pytest.raises(ReviewNotFound):
            publish_review(session, review.number, seen=1, actor=both, at=at)
        publish_review(session, review.number, seen=1, actor=make_director(session), at=at)
        with pytest.raises(ReviewNotYours):
            refuse_review(session, review.number, "Tidak suka", seen=1, actor=officer, at=at)
        with pytest.raises(ReviewNotYours):
            refuse_review(session, review.number, "Tidak suka", seen=1, actor=both, at=at)
        assert rated(session, bought.bread)[0] == 1

    def test_is_of_the_wording_that_was_read(self, session: Session, bought: Bought, at: datetime) -> None:
        review = make_review(session, bought.order, at=at)
        make_review(session, bought.order, at=at, body="Lain sama sekali")
        director = make_director(session)
        with pytest.raises(ReviewChanged):
            publish_review(session, review.number, seen=1, actor=director, at=at)
        assert publish_review(session, review.number, seen=2, actor=director, at=at)
        assert not publish_review(session, review.number, seen=2, actor=director, at=at)
        assert published(session, ReviewPublished) == [ReviewPublished(review.id)]

    def test_a_refused_one_may_be_reworded(self, session: Session, bought: Bought, at: datetime) -> None:
        review = make_review(session, bought.order, at=at)
        director = make_director(session)
        assert refuse_review(session, review.number, "Tidak tentang barang.", seen=1, actor=director, at=at)
        assert published(session, ReviewRefused) == [ReviewRefused(review.id)]
        assert (review.state, review.reason) == ("refused", "Tidak tentang barang.")
        make_review(session, bought.order, at=at, body="Rotinya lembut")
        assert (review.state, review.version, review.reason) == ("waiting", 3, "")

    @pytest.mark.parametrize("is_published", [False, True])
    def test_a_form_opened_before_a_colleagues_refusal_does_not_undo_it(
        self, session: Session, bought: Bought, at: datetime, is_published: bool
    ) -> None:
        make = make_published_review if is_published else make_review
        review = make(session, bought.order, at=at)
        seen, director = review.version, make_director(session)
        kanwil = kanwil_of(session, bought.garut)
        assert refuse_review(session, review.number, "Ada nama.", seen=seen, actor=kanwil, at=at)
        with pytest.raises(ReviewChanged):
            publish_review(session, review.number, seen=seen, actor=director, at=at)
        assert not refuse_review(session, review.number, "Lain", seen=seen, actor=director, at=at)
        assert (review.state, review.reason, rated(session, bought.bread)[0]) == ("refused", "Ada nama.", 0)
        assert publish_review(session, review.number, seen=review.version, actor=director, at=at)

    def test_a_reason_names_nobody_who_is_held(self, session: Session, bought: Bought, at: datetime) -> None:
        review = make_review(session, bought.order, at=at)
        with pytest.raises(MessageRefused):
            refuse_review(
                session, review.number, "Nama napi Joko", seen=1, actor=make_director(session), at=at
            )
        assert review.state == "waiting"

    def test_lists_show_a_upt_only_what_is_published(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        make_review(session, bought.order, at=at)
        officer, director = officer_of(session, bought.garut), make_director(session)
        assert reviews_for(session, officer, states=REVIEW_STATES, page=1).rows == ()
        assert reviews_waiting(session, officer) == 0
        assert reviews_waiting(session, director) == 1
        assert (
            len(reviews_for(session, kanwil_of(session, bought.garut), states=REVIEW_STATES, page=1).rows)
            == 1
        )


class TestAnswering:
    def test_is_the_upts_once_and_public(self, session: Session, bought: Bought, at: datetime) -> None:
        review = make_published_review(session, bought.order, at=at)
        officer = officer_of(session, bought.garut)
        assert answer_review(session, review.number, "Terima kasih!", actor=officer, at=at)
        assert not answer_review(session, review.number, "Terima kasih!", actor=officer, at=at)
        with pytest.raises(ReviewAnswered):
            answer_review(session, review.number, "Lagi", actor=officer, at=at)
        (shown,) = published_reviews(session, review.product_id).rows
        assert shown.answer == "Terima kasih!"
        assert published(session, ReviewAnswerPublished) == [ReviewAnswerPublished(review.id)]

    def test_is_for_nobody_else_and_names_nobody(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        review = make_published_review(session, bought.order, at=at)
        with pytest.raises(ReviewNotYours):
            answer_review(session, review.number, "Ya", actor=make_director(session), at=at)
        with pytest.raises(ReviewNotFound):
            answer_review(session, review.number, "Ya", actor=officer_of(session, make_upt(session)), at=at)
        officer = officer_of(session, bought.garut)
        with pytest.raises(MessageRefused):
            answer_review(session, review.number, "Dari napi Joko", actor=officer, at=at)
        assert review.answer == ""

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ("Pesan lewat WA 0812-3456-7890", "message_phone"),
            ("Lihat https://tokosari.com", "message_link"),
            ("Hubungi wa: garut", "message_link"),
        ],
    )
    def test_gives_no_way_past_the_shop(
        self, session: Session, bought: Bought, at: datetime, body: str, code: str
    ) -> None:
        review = make_published_review(session, bought.order, at=at)
        with pytest.raises(MessageRefused) as refused:
            answer_review(session, review.number, body, actor=officer_of(session, bought.garut), at=at)
        assert (refused.value.code, review.answer) == (code, "")

    def test_goes_with_the_words_it_answers(self, session: Session, bought: Bought, at: datetime) -> None:
        review = make_published_review(session, bought.order, at=at)
        officer, director = officer_of(session, bought.garut), make_director(session)
        answer_review(session, review.number, "Maaf soal itu.", actor=officer, at=at)
        refuse_review(session, review.number, "Ada nama.", seen=2, actor=director, at=at)
        make_review(session, bought.order, at=at, body="Rotinya lembut")
        assert (review.answer, review.answered_at) == ("", None)

    def test_is_taken_down_by_the_deciding_office_and_may_be_written_anew(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        review = make_published_review(session, bought.order, at=at)
        number, officer, director = review.number, officer_of(session, bought.garut), make_director(session)
        assert not remove_answer(session, number, seen=2, actor=director, at=at)
        answer_review(session, number, "Tidak sopan", actor=officer, at=at)
        with pytest.raises(ReviewNotYours):
            remove_answer(session, number, seen=2, actor=officer, at=at)
        with pytest.raises(ReviewNotFound):
            remove_answer(session, number, seen=2, actor=kanwil_of(session, make_upt(session)), at=at)
        with pytest.raises(ReviewChanged):
            remove_answer(session, number, seen=1, actor=director, at=at)
        assert review.answer == "Tidak sopan"
        assert remove_answer(session, number, seen=2, actor=director, at=at)
        assert (review.state, review.answer) == ("published", "")
        newest = select(AuditEntry.action, AuditEntry.actor_label).order_by(AuditEntry.id.desc())
        assert session.execute(newest).first() == ("review.answer_removed", director.label)
        assert answer_review(session, number, "Terima kasih!", actor=officer, at=at)
        with pytest.raises(ReviewChanged):
            remove_answer(session, number, seen=2, actor=director, at=at)

    def test_comes_after_publishing(self, session: Session, bought: Bought, at: datetime) -> None:
        review = make_published_review(session, bought.order, at=at)
        refuse_review(session, review.number, "Salah", seen=2, actor=make_director(session), at=at)
        with pytest.raises((ReviewNotFound, WrongState)):
            answer_review(session, review.number, "Ya", actor=officer_of(session, bought.garut), at=at)


class TestInviting:
    def test_is_once_some_days_after_everything_arrived(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        assert invite_reviews(session, at=at + INVITED_AFTER - timedelta(minutes=1)) == 0
        for _ in range(3):
            invite_reviews(session, at=at + INVITED_AFTER + timedelta(minutes=1))
        assert published(session, ReviewInvited) == [ReviewInvited(bought.order.id)]

    def test_is_not_of_what_is_long_past_or_reviewed_or_still_on_its_way(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        assert invite_reviews(session, at=at + INVITED_BEFORE + timedelta(minutes=1)) == 0
        make_review(session, bought.order, at=at)
        half = make_paid_order(session, Wish(1, bought.net.id, 6), at=at, contact=OTHER)
        assert invite_reviews(session, at=at + INVITED_AFTER + timedelta(hours=1)) == 0
        deliver_all(session, half, at=at)
        assert invite_reviews(session, at=at + INVITED_AFTER + timedelta(hours=1)) == 1

    def test_is_not_where_all_that_came_is_of_products_the_buyer_has_reviewed(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        make_review(session, bought.order, at=at)
        make_delivered_order(session, Wish(1, bought.bread.id, 1), Wish(2, bought.bread.id, 1), at=at)
        assert invite_reviews(session, at=at + INVITED_AFTER + timedelta(hours=1)) == 0
        other = make_delivered_order(session, Wish(1, bought.bread.id, 1), at=at, contact=OTHER)
        assert invite_reviews(session, at=at + INVITED_AFTER + timedelta(hours=1)) == 1
        assert published(session, ReviewInvited) == [ReviewInvited(other.id)]

    def test_is_not_of_pieces_that_never_came(self, session: Session, bought: Bought, at: datetime) -> None:
        make_review(session, bought.order, at=at)
        wishes = Wish(1, bought.bread.id, 1), Wish(2, bought.net.id, 1)
        short = make_paid_order(session, *wishes, at=at)
        parcel, officer = parcel_of(session, short, bought.garut), officer_of(session, bought.garut)
        cannot_supply(
            session, parcel.number, {2: 1}, reason="damaged", seen_cancelled=0, actor=officer, at=at
        )
        deliver_all(session, short, at=at)
        assert invite_reviews(session, at=at + INVITED_AFTER + timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Sari Dewi Lestari", "Sari L."),
        ("Sari", "Sari"),
        ("Nur'aini Al-Hakim", "Nur'aini A."),
        ("0812345678 Sari", ""),
        ("<b>Sari</b> X", ""),
        ("Sari http://x.y", "Sari"),
        ("", ""),
        ("x" * 200, ""),
    ],
)
def test_only_a_first_name_and_an_initial_are_shown(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_the_list_holds_what_waits_longest_then_the_newest_each_once(
    session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_queries, "STAFF_PAGE_SIZE", 2)
    shop = make_shop(session, at=at, nets=(20, 5), breads=9)
    made = []
    for hours in range(5):
        moment = at + timedelta(hours=hours)
        buyer = Contact(f"ulas{hours}@example.id", "Sari", f"0812345678{hours}")
        order = make_delivered_order(session, Wish(1, shop.bread.id, 1), at=moment, contact=buyer)
        make = make_published_review if hours in (0, 2) else make_review
        made.append(make(session, order, at=moment).number)
    pages = [
        reviews_for(session, make_director(session), states=REVIEW_STATES, page=page) for page in (1, 2, 3, 4)
    ]
    first, second, third, fourth, fifth = made
    assert [[row.number for row in page.rows] for page in pages] == [
        [second, fourth],
        [fifth, third],
        [first],
        [],
    ]
    assert [page.has_next for page in pages] == [True, True, False, False]

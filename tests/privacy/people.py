"""A person with rows in every table, each of them with their canary: words that are nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import (
    AccountLink,
    Address,
    Handover,
    RecoveryCode,
    SavedFilter,
    SecondFactor,
    SignIn,
    User,
    UserSession,
)
from accounts.services.consents import Evidence, choose
from inventory.models import Product, RestockRequest
from kernel.mail import Letter, queue_mail
from orders.models import (
    EnquiryMessage,
    Fulfilment,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    Problem,
    ProblemEntry,
    ProblemPicture,
    ProviderNotice,
    Refund,
    RefundShare,
    Review,
    ReviewInvitation,
    ReviewPicture,
    Takeover,
)
from orders.rules.allocation import Wish
from orders.services.placing import Contact
from privacy.models import DataExport
from storefront.models import Cart, CartLine, WishlistItem
from tests.factories.accounts import make_user
from tests.factories.enquiries import make_enquiry, make_service, make_slot
from tests.factories.invoices import issue
from tests.factories.parcels import make_carton, make_paid_order
from tests.factories.placing import Shop


@dataclass(frozen=True)
class Somebody:
    """Who it is, their canary, and the number of their order."""

    user_id: int
    email: str
    canary: str
    order: str


def make_somebody(session: Session, shop: Shop, canary: str, *, at: datetime) -> Somebody:
    """A customer who has done everything one can do, whose order arrived long ago."""
    email = f"{canary}@example.id"
    user = make_user(session, canary.title(), email=email, verified_at=at)
    before = at - timedelta(days=60)
    order = _bought(session, shop, user, canary, at=before)
    _reviewed(session, shop, order, canary, at=before)
    _asked(session, shop, user, canary, at=before)
    _chose(session, shop, user, canary, at=before)
    _signed_in(session, user, canary, at=before)
    return Somebody(user.id, email, canary, order.number)


def _bought(session: Session, shop: Shop, user: User, canary: str, *, at: datetime) -> Order:
    contact = Contact(user.email, canary.title(), f"0812{sum(map(ord, canary)):08}")
    order = make_paid_order(session, Wish(1, shop.bread.id, 1), at=at, contact=contact)
    order.user_id, order.street, order.note = user.id, f"Jalan {canary}", f"Titip {canary}"
    session.flush()
    issue(session, order, at=at)
    mine = {"order_id": order.id}
    session.execute(update(OrderLine).where(OrderLine.order_id == order.id).values(own_text=canary))
    session.execute(
        update(Fulfilment)
        .where(Fulfilment.order_id == order.id)
        .values(
            state="delivered",
            shipped_at=at,
            shipped_courier="JNE",
            tracking_number=f"JT{canary}",
            receiver=canary,
        )
    )
    payment = session.scalars(select(Payment).where(Payment.order_id == order.id)).one()
    payment.request = {"customer_email": user.email}
    by_them: dict[str, Any] = {"actor_user_id": user.id, "actor_label": canary}
    refund = Refund(
        **mine,
        **by_them,
        id=uuid4(),
        payment_id=payment.id,
        amount=1,
        state="succeeded",
        cause=str(uuid4()),
        reason="cancelled",
        idempotency_key=str(uuid4()),
        created_at=at,
        settled_at=at,
    )
    payment.refund_claimed = 1
    parcel = session.scalars(select(Fulfilment.id).where(Fulfilment.order_id == order.id)).one()
    session.add_all([refund, OrderEvent(**mine, **by_them, kind="asked", at=at)])
    session.flush()
    make_carton(session, parcel, f"JU{canary}", at=at)
    session.add(RefundShare(refund_id=refund.id, fulfilment_id=parcel, pieces={}, amount=1))
    session.add(
        Takeover(
            key=uuid4(),
            fulfilment_id=parcel,
            to_upt_id=shop.ciamis.id,
            state="withdrawn",
            pieces={"1": 1},
            reason="other",
            asked_label="test",
            asked_at=at,
            decided_label="test",
            decided_at=at,
        )
    )
    problem = Problem(
        number=f"MS-{user.id}",
        fulfilment_id=parcel,
        reason="damaged",
        state="closed",
        reported_at=at,
        answer_due_at=at,
        closed_at=at,
    )
    session.add(problem)
    session.flush()
    words: dict[str, Any] = {
        "sender": "customer",
        "kind": "reported",
        "body": f"Rusak {canary}",
        "actor_label": "customer",
    }
    session.add(ProblemEntry(problem_id=problem.id, idempotency_key=str(uuid4()), at=at, **words))
    picture: dict[str, Any] = {"position": 1, "file_key": f"problems/{uuid4()}.webp", "width": 1, "height": 1}
    session.add(ProblemPicture(key=uuid4(), problem_id=problem.id, **picture))
    session.add(
        ProviderNotice(
            provider="stripe",
            event_id=str(uuid4()),
            kind="checkout.session.completed",
            ref=payment.ref,
            body={"customer_details": {"email": user.email, "name": canary}},
            source="webhook",
            received_at=at,
        )
    )
    for recipient, cause in ((user.email, "paid"), ("upt@upt.example", "packing")):
        letter = Letter(recipient, order.number, f"{order.number} {canary}", f"<p>{canary}", "id")
        queue_mail(session, letter, cause=f"order:{order.number}:{cause}", at=at)
    left = f"{canary} menunggu jawaban tentang {order.number}"
    session.add(Handover(upt_id=shop.garut.id, about="Petugas", body=left, written_by="Kepala", at=at))
    return order


def _reviewed(session: Session, shop: Shop, order: Order, canary: str, *, at: datetime) -> None:
    line_id = session.scalars(select(OrderLine.id).where(OrderLine.order_id == order.id)).one()
    review = Review(
        number=f"UL-{order.id}",
        order_line_id=line_id,
        product_id=shop.bread.product_id,
        upt_id=shop.garut.id,
        state="published",
        stars=4,
        body=f"Enak, kata {canary}",
        key=str(uuid4()),
        changed_at=at,
        decided_at=at,
        decided_by="Petugas",
        answer=f"Terima kasih, {canary}",
        answered_at=at,
    )
    rated = {"rating_count": Product.rating_count + 1, "rating_total": Product.rating_total + review.stars}
    session.execute(update(Product).where(Product.id == review.product_id).values(**rated))
    session.add_all([review, ReviewInvitation(order_id=order.id, at=at)])
    session.flush()
    picture: dict[str, Any] = {"position": 1, "file_key": f"reviews/{uuid4()}.jpg", "width": 1, "height": 1}
    session.add(ReviewPicture(key=uuid4(), review_id=review.id, **picture))
    body = f"{review.number} {canary}"
    queue_mail(
        session, Letter("upt@upt.example", "-", body, body, "id"), cause=f"review:{review.number}", at=at
    )
    session.flush()


def _asked(session: Session, shop: Shop, user: User, canary: str, *, at: datetime) -> None:
    slot = make_slot(session, make_service(session, shop.garut), shop.garut)
    names: dict[str, Any] = {"name": canary, "company": canary, "email": user.email, "phone": "0812000"}
    view = make_enquiry(session, slot=slot, upts=(shop.garut,), at=at, body=f"Tanya {canary}", **names)
    words = {"kind": "message", "body": f"Jawab {canary}", "actor_label": "Petugas", "at": at}
    session.add(EnquiryMessage(enquiry_id=view.id, key=str(uuid4()), sender="staff", **words))
    session.flush()


def _chose(session: Session, shop: Shop, user: User, canary: str, *, at: datetime) -> None:
    place = {"village": "Braga", "district": "D", "regency": "R", "province": "P", "postcode": "40111"}
    session.add(
        Address(
            user_id=user.id,
            label=canary,
            recipient=canary,
            phone="0812",
            street=canary,
            village_code="32.73.19.1001",
            changed_at=at,
            **place,
        )
    )
    waits = {"variant_id": shop.bread.id, "user_id": user.id, "email": user.email}
    session.add(RestockRequest(**waits, locale="id", asked_at=at))
    session.add(WishlistItem(user_id=user.id, product_id=shop.bread.product_id, added_at=at))
    evidence = Evidence("Ya.", "id", "account_page", ip_hash=f"ip-{canary}")
    choose(session, user.id, {"news": True, "back_in_stock": False}, evidence, at=at)
    cart = Cart(key=str(uuid4()), user_id=user.id, checkout_key=str(uuid4()), updated_at=at)
    saved = SavedFilter(user_id=user.id, page="permits.permits", name=canary, choices={"q": canary})
    saved.saved_at = at
    session.add_all([cart, saved, DataExport(key=uuid4(), user_id=user.id, asked_at=at)])
    session.flush()
    session.add(CartLine(cart_id=cart.id, variant_id=shop.bread.id, quantity=1, own_text=canary))
    session.flush()


def _signed_in(session: Session, user: User, canary: str, *, at: datetime) -> None:
    key = canary.encode()
    device = UserSession(
        user_id=user.id,
        key_hash=key,
        device=canary,
        started_at=at,
        seen_at=at,
        expires_at=at,
        confirmed_at=at,
    )
    link = AccountLink(
        purpose="change_email",
        user_id=user.id,
        email=f"baru.{user.email}",
        locale="id",
        details={"name": canary},
        created_at=at,
        expires_at=at,
    )
    session.add(SignIn(user_id=user.id, at=at, device=canary, outcome="signed_in"))
    session.add_all([device, link, SecondFactor(user_id=user.id, sealed_secret=key, created_at=at)])
    session.flush()
    session.add(RecoveryCode(user_id=user.id, code_hash=key))
    session.flush()


def everything(session: Session) -> dict[str, str]:
    """Every table's rows as text, by its name."""
    tables = Order.metadata.sorted_tables
    return {
        table.name: "\n".join(str(tuple(row)) for row in session.execute(select(table))) for table in tables
    }

"""A made-up order, request and payment in a session that is rolled back: what mails are shown with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import AccountLink, Kanwil, News, Upt, User
from accounts.notices import NEWS
from accounts.services.consents import Evidence, choose
from inventory.models import Category, Permit, Product, Reservation, RestockRequest, Stock, Variant
from kernel.clock import jakarta_day
from kernel.db import Base
from orders.models import (
    Booking,
    Enquiry,
    EnquiryMessage,
    EnquiryUpt,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    Problem,
    ProblemEntry,
    Refund,
    Review,
    ServiceSlot,
    Takeover,
)
from privacy.models import DataExport, Erasure
from privacy.services.exporting import LIFE

Row = TypeVar("Row", bound=Base)

_MARK = "contoh-surat"


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows that events name: an order with one parcel, a payment, refunds, a request with its thread.

    `entries` are the ids of the thread's entries by their kind; "again" is the customer's second message.
    The `links` of an account have the names of their cases, `problem` the ids of a problem and its entries.
    """

    order: Order
    parcel: Fulfilment
    payment_id: UUID
    refund_id: UUID
    shortage_id: UUID
    enquiry_id: int
    entries: dict[str, int]
    reader: User
    news_id: int
    links: dict[str, AccountLink]
    export_id: int
    erasure_id: int
    restock_id: int
    variant_id: int
    problem: dict[str, int]
    review: Review
    permit: Permit
    takeover: Takeover


def write_sample(session: Session, *, locale: str, at: datetime) -> Sample:
    """Write one of everything a mail can be about, for a customer who reads `locale`."""
    upt, product = _offer(session)
    order, parcel = _order(session, upt, product, locale=locale, at=at)
    payment_id = _payment(session, order, at=at)
    refund_id = _refund(session, order, payment_id, "paid_late", at=at)
    shortage_id = _refund(session, order, payment_id, "cannot_supply", at=at)
    shortage = {"refund_id": str(shortage_id), "pieces": {"1": 1}}
    history = {"reduced": shortage, "fulfilment_cancelled": {"reason": "called_off"}}
    for kind, details in history.items():
        _add(
            session,
            OrderEvent(
                order_id=order.id,
                fulfilment_id=parcel.id,
                kind=kind,
                details=details,
                actor_label=_MARK,
                at=at,
            ),
        )
    enquiry_id = _enquiry(session, upt, product, locale=locale, at=at)
    entries = _thread(session, enquiry_id, upt, at=at)
    reader = _reader(session, locale=locale, at=at)
    order.user_id = reader.id
    news_id, links = _news(session, at=at), _links(session, reader, at=at)
    export = DataExport(
        key=uuid4(), user_id=reader.id, asked_at=at, ready_at=at, expires_at=at + LIFE, size=9_000
    )
    erasure = Erasure(at=at, email="sari.contoh@example.com", locale=locale)
    privacy = (_add(session, export).id, _add(session, erasure).id)
    money = (payment_id, refund_id, shortage_id)
    waited = _restock(session, locale=locale, at=at)
    problem = _problem(session, parcel, at=at)
    review = _review(session, order, product, upt, at=at)
    permit = _add(
        session,
        Permit(
            kind="PIRT",
            number="2153205010007-26",
            upt_id=upt.id,
            expires_on=jakarta_day(at) + timedelta(days=29),
        ),
    )
    return Sample(
        order,
        parcel,
        *money,
        enquiry_id,
        entries,
        reader,
        news_id,
        links,
        *privacy,
        *waited,
        problem,
        review,
        permit,
        _takeover(session, parcel, upt, at=at),
    )


def _takeover(session: Session, parcel: Fulfilment, upt: Upt, *, at: datetime) -> Takeover:
    other = Upt(
        code=f"{_MARK}-2",
        slug=f"{_MARK}-2",
        name="Lapas Kelas IIB Ciamis",
        kind="lapas",
        kanwil_id=upt.kanwil_id,
        province_code="32",
        regency_code="32.07",
        province="Jawa Barat",
        city="Kabupaten Ciamis",
        email="ciamis@upt.example",
    )
    takeover = Takeover(
        key=uuid4(),
        fulfilment_id=parcel.id,
        to_upt_id=_add(session, other).id,
        state="asked",
        pieces={"1": 3},
        reason="too_busy",
        asked_label=_MARK,
        asked_at=at,
    )
    return _add(session, takeover)


def _review(session: Session, order: Order, product: Product, upt: Upt, *, at: datetime) -> Review:
    line_id = session.scalars(select(OrderLine.id).where(OrderLine.order_id == order.id)).first()
    review = Review(
        number=_MARK,
        order_line_id=line_id,
        product_id=product.id,
        upt_id=upt.id,
        state="published",
        stars=4,
        body="Anyamannya rapat dan kuat.",
        key=_MARK,
        changed_at=at,
        decided_at=at,
        answer="Terima kasih, kami senang mendengarnya.",
        answered_at=at,
    )
    return _add(session, review)


def _problem(session: Session, parcel: Fulfilment, *, at: datetime) -> dict[str, int]:
    """A problem of a parcel: its own id as "reported", and those of what staff said by kind."""
    problem = Problem(
        number=_MARK,
        fulfilment_id=parcel.id,
        reason="damaged",
        reported_at=at,
        answer_due_at=at + timedelta(days=2),
    )
    ids = {"reported": _add(session, problem).id}
    said = {
        "reported": ("customer", "Dua jaring sobek saat dibuka."),
        "answered": ("staff", "Mohon maaf. Kami periksa dan kabari besok."),
        "refunded": ("staff", "Uang untuk dua jaring kami kembalikan."),
        "closed": ("staff", "Terima kasih sudah memberi tahu kami."),
    }
    for kind, (sender, body) in said.items():
        entry = ProblemEntry(
            problem_id=problem.id,
            idempotency_key=f"{_MARK}-{kind}",
            sender=sender,
            kind=kind,
            body=body,
            details={"amount": 180_000} if kind == "refunded" else {},
            actor_label=_MARK,
            at=at,
        )
        _add(session, entry)
        if sender == "staff":
            ids[kind] = entry.id
    return ids


def _reader(session: Session, *, locale: str, at: datetime) -> User:
    """A customer with an account, who agreed to news."""
    user = User(
        email="sari.contoh@example.com",
        name="Sari Wulandari",
        password_hash="",
        locale=locale,
        created_at=at,
    )
    _add(session, user)
    evidence = Evidence(wording=_MARK, locale=locale, channel="account_page", ip_hash="")
    choose(session, user.id, {NEWS: True}, evidence, at=at)
    return user


def _restock(session: Session, *, locale: str, at: datetime) -> tuple[int, int]:
    """A request that is still to be confirmed, and the variant that it and another one are about."""
    variant_id = session.scalars(select(Variant.id).where(Variant.sku == _MARK)).one()
    values = {"variant_id": variant_id, "locale": locale, "asked_at": at}
    _add(session, RestockRequest(**values, email="budi.contoh@example.com", confirmed_at=at))
    return _add(session, RestockRequest(**values, email="sari@example.com")).id, variant_id


def _news(session: Session, *, at: datetime) -> int:
    news = News(
        digest=_MARK,
        subject_id="Gula semut jahe merah kembali tersedia",
        subject_en="Red-ginger palm sugar is back",
        body_id="Panen baru sudah dikemas.\n\nPesan sebelum akhir bulan agar tiba tepat waktu.",
        body_en="The new harvest is packed.\n\nOrder before the end of the month to have it in time.",
        link_path="/produk",
        actor_label=_MARK,
        at=at,
    )
    return _add(session, news).id


def _offer(session: Session) -> tuple[Upt, Product]:
    kanwil = _add(session, Kanwil(slug=_MARK, name="Kanwil Ditjenpas Jawa Barat (contoh)"))
    upt = Upt(
        code=_MARK,
        slug=_MARK,
        name="Lapas Kelas IIB Garut",
        kind="lapas",
        kanwil_id=kanwil.id,
        province_code="32",
        regency_code="32.05",
        province="Jawa Barat",
        city="Kabupaten Garut",
        email="garut@upt.example",
    )
    category = _add(session, Category(slug=_MARK, name_id="Anyaman", name_en="Basketry"))
    product = Product(
        slug=_MARK,
        name="Cocomesh Sabut Kelapa",
        category_id=category.id,
        kind="good",
        description_id="Jaring sabut kelapa.",
        description_en="A net of coconut fibre.",
        unit="gulung",
    )
    return _add(session, upt), _add(session, product)


def _order(
    session: Session, upt: Upt, product: Product, *, locale: str, at: datetime
) -> tuple[Order, Fulfilment]:
    variant = _add(
        session, Variant(product_id=product.id, sku=_MARK, name="2 x 25 m", price=90_000, weight_g=5_000)
    )
    stock = _add(session, Stock(variant_id=variant.id, upt_id=upt.id, on_hand=9, reserved=3))
    order = Order(
        number="LP-CONTOH00",
        idempotency_key=_MARK,
        state="awaiting_payment",
        locale=locale,
        email="sari@example.com",
        buyer_email="sari@example.com",
        name="Sari Wulandari",
        phone="081234567890",
        buyer_phone="6281234567890",
        street="Jalan Asia Afrika 8",
        village_code="32.73.19.1001",
        village="Braga",
        district="Sumur Bandung",
        regency="Kota Bandung",
        province="Jawa Barat",
        postcode="40111",
        note="Titip di pos satpam.",
        line_count=1,
        goods_total=270_000,
        shipping_total=45_000,
        total=315_000,
        placed_at=at,
        expires_at=at + timedelta(hours=1),
    )
    _add(session, order)
    line = OrderLine(
        order_id=order.id,
        position=1,
        variant_id=variant.id,
        product_name=product.name,
        variant_name=variant.name,
        sku=_MARK,
        unit="gulung",
        weight_g=5_000,
        unit_price=90_000,
        quantity=3,
        line_total=270_000,
        own_text="Kebun Sari",
    )
    reservation = Reservation(stock_id=stock.id, order_number=order.number, quantity=3)
    parcel = Fulfilment(
        number=f"{order.number}-1",
        order_id=order.id,
        upt_id=upt.id,
        state="shipped",
        shipping_cost=45_000,
        chargeable_weight_g=15_000,
        courier="JNE",
        service="REG",
        promised_from=at.date() + timedelta(days=4),
        promised_until=at.date() + timedelta(days=6),
        shipped_courier="JNE",
        tracking_number="JT0012345678",
        shipped_at=at,
    )
    for row in (line, reservation, parcel):
        _add(session, row)
    _add(
        session,
        FulfilmentLine(
            fulfilment_id=parcel.id, order_line_id=line.id, reservation_id=reservation.id, quantity=3
        ),
    )
    return order, parcel


def _payment(session: Session, order: Order, *, at: datetime) -> UUID:
    payment = Payment(
        id=uuid4(),
        order_id=order.id,
        provider="stripe",
        state="paid",
        amount=order.total,
        captured=order.total,
        idempotency_key=f"{_MARK}-payment",
        request={},
        ref=f"{_MARK}-payment",
        problem="amount",
        created_at=at,
        expires_at=at + timedelta(hours=1),
    )
    return _add(session, payment).id


def _refund(session: Session, order: Order, payment_id: UUID, reason: str, *, at: datetime) -> UUID:
    refund = Refund(
        id=uuid4(),
        payment_id=payment_id,
        order_id=order.id,
        amount=90_000,
        state="failed",
        cause=f"{_MARK}-{reason}",
        reason=reason,
        idempotency_key=f"{_MARK}-{reason}",
        problem="account_closed",
        actor_label=_MARK,
        created_at=at,
    )
    return _add(session, refund).id


def _enquiry(session: Session, upt: Upt, product: Product, *, locale: str, at: datetime) -> int:
    enquiry = Enquiry(
        number="PM-CONTOH00",
        idempotency_key=_MARK,
        link_key=_MARK,
        kind="booking",
        locale=locale,
        product_id=product.id,
        name="Sari Wulandari",
        email="sari@example.com",
        phone="081234567890",
        asked_at=at,
        moved_at=at,
    )
    slot = ServiceSlot(
        product_id=product.id, upt_id=upt.id, weekday=2, starts_at=time(9), ends_at=time(10, 30), capacity=4
    )
    _add(session, enquiry)
    _add(session, slot)
    _add(session, EnquiryUpt(enquiry_id=enquiry.id, upt_id=upt.id))
    day = at.date() + timedelta(days=1 + (1 - (at.date() + timedelta(days=1)).weekday()) % 7)
    _add(session, Booking(enquiry_id=enquiry.id, slot_id=slot.id, day=day, people=2))
    return enquiry.id


def _thread(session: Session, enquiry_id: int, upt: Upt, *, at: datetime) -> dict[str, int]:
    said = {
        "asked": ("customer", "message", "Bolehkah kami datang berdua?"),
        "message": ("staff", "message", "Boleh, silakan bawa kartu identitas."),
        "again": ("customer", "message", "Terima kasih, sampai jumpa."),
        **{kind: ("staff", kind, "") for kind in ("confirmed", "declined", "closed", "link")},
    }
    entries = {}
    for name, (sender, kind, body) in said.items():
        entry = EnquiryMessage(
            enquiry_id=enquiry_id,
            key=f"{_MARK}-{name}",
            sender=sender,
            kind=kind,
            body=body,
            upt_id=upt.id if sender == "staff" else None,
            actor_label=_MARK,
            at=at,
        )
        entries[name] = _add(session, entry).id
    return entries


def _links(session: Session, user: User, *, at: datetime) -> dict[str, AccountLink]:
    """What can be asked for: with an address of nobody, or with the user's own."""
    wanted = {
        "register": ("register", "baru@example.com", None),
        "known": ("register", user.email, user.id),
        "reset": ("reset", user.email, user.id),
        "change_email": ("change_email", "baru@example.com", user.id),
        "take_back": ("take_back", "lama@example.com", user.id),
        "invite": ("invite", "baru@example.com", None),
    }
    return {
        case: _add(
            session,
            AccountLink(
                purpose=purpose,
                email=email,
                user_id=user_id,
                locale=user.locale,
                details={"lost": "asing@example.com"} if purpose == "take_back" else {},
                created_at=at,
                expires_at=at + timedelta(hours=1),
            ),
        )
        for case, (purpose, email, user_id) in wanted.items()
    }


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row

"""Asking about a product: a date, an offer for export or a question; and the customer's thread."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, make_response, redirect, request
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from accounts.rules import CUSTOMER
from accounts.web.limits import limiter
from inventory.errors import ProductNotFound
from inventory.queries.found import present_product_slug
from inventory.queries.product_rows import ProductRow
from inventory.queries.terms import NO_TERMS, AskedProduct, Terms, asked_product, terms_of
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.errors import NotFound
from kernel.i18n import DEFAULT_LOCALE, locale_code, province_zone
from kernel.web import check_signature, config, keep_private, sentence, sign, status_of, to
from orders.errors import EnquiryLinkVoid, MessageRefused, SlotFull, SlotUnknown, ThreadBusy, ThreadFull
from orders.links import enquiry_of_token, enquiry_path
from orders.queries.enquiries import EnquiryView, enquiry_view
from orders.queries.slots import SlotDay, WeekSlot, slot_days, week_of
from orders.rules.enquiries import BOOKED_AHEAD
from orders.services.enquiring import Ask, ask, write_on
from orders.web.enquiries import DONE
from storefront.web.enquiry_forms import (
    AskForm,
    BookingForm,
    ExportForm,
    QuestionForm,
    ReplyForm,
    form_of,
    parse_day,
)
from storefront.web.visitor import render_page
from storefront.web.vocabulary import UNITS

blueprint = Blueprint("enquiries", __name__)

ASKS_PER_VISITOR = "30 per hour"
ASKS_PER_EMAIL = "10 per hour"
WORDS_PER_VISITOR = "60 per hour"

_PURPOSE = "enquiry-form"
_FORM_LIFE_DAYS = 2
_LONGEST_ECHO = 60


@dataclass(frozen=True, slots=True)
class Asking:
    """What a product's page needs to invite an enquiry: the terms, and the week of a service."""

    kind: str
    terms: Terms
    week: Sequence[WeekSlot]


def asking_of(session: Session, product: ProductRow) -> Asking:
    """How one asks about a product. One statement where it has terms, and one more for a service."""
    terms = terms_of(session, product.id) if product.has_terms else NO_TERMS
    week = week_of(session, product.id) if product.kind == "service" else ()
    return Asking(_enquiry_kind(product.kind, bool(week)), terms, week)


def _email_key() -> str:
    """The address an enquiry is sent with; hashed, so that none is kept in Valkey."""
    email = request.form.get("email", "").strip().lower()
    return "ask:" + hashlib.sha256(email.encode()).hexdigest()


def _is_stored(answer: Response) -> bool:
    """Only what was stored counts towards the limits: somebody who corrects a form is not shut out."""
    return answer.status_code == 303


@blueprint.get("/produk/<slug>/permintaan")
def ask_page(slug: str) -> Response:
    """The form for an enquiry about a product; an old address leads to the present one."""
    try:
        scene = _scene(slug)
    except ProductNotFound:
        return _moved(slug)
    preset = {"slot": request.args.get("slot", "")[:_LONGEST_ECHO]} if scene.kind == "booking" else {}
    form = scene.form(formdata=None, key=_new_key(slug), people="1", unit=_unit(scene.terms), **preset)
    return _ask_page(scene, form)


@blueprint.post("/produk/<slug>/permintaan")
@limiter.limit(ASKS_PER_VISITOR, key_func=get_remote_address, deduct_when=_is_stored)
@limiter.limit(ASKS_PER_EMAIL, key_func=_email_key, deduct_when=_is_stored)
def ask_now(slug: str) -> Response:
    """Store the enquiry and go to its thread; what is wrong is said beside its field."""
    scene = _scene(slug)
    form = scene.form()
    nonce = _nonce(form.key.data or "", slug)
    is_valid = form.validate()
    if nonce is None:
        form.form_errors.append(_("This page was open for too long. Please send it once more."))
    if nonce is None or not is_valid:
        form.key.data = form.key.data if nonce else _new_key(slug)
        return _ask_page(scene, form, 422)
    try:
        with transaction() as session:
            asked = ask(session, _wish(scene, form, nonce), actor=CUSTOMER, at=now())
            view = enquiry_view(session, asked.number)
    except MessageRefused as refusal:
        form.body.errors = (sentence(refusal),)
        return _ask_page(scene, form, status_of(refusal))
    except (SlotFull, SlotUnknown) as refusal:
        scene = _scene(slug)
        form.slot.errors = (sentence(refusal),)
        return _ask_page(scene, form, status_of(refusal))
    if asked.is_new:
        flash(
            _("Thank you. We have your request, and a mail with the link to this page is on its way."), "good"
        )
    else:
        flash(
            _("This was sent already; nothing was done twice. Write below what you want to correct or add."),
            "info",
        )
    return make_response(redirect(_path(view), 303))


@blueprint.get("/permintaan/<number>/<token>")
def thread(number: str, token: str) -> Response:
    """The customer's page of one enquiry."""
    view = _opened(number, token)
    return _thread_page(view, token, ReplyForm(formdata=None, key=str(uuid4())))


@blueprint.post("/permintaan/<number>/<token>")
@limiter.limit(WORDS_PER_VISITOR, key_func=get_remote_address)
def reply(number: str, token: str) -> Response:
    """Add the customer's words to the thread."""
    view = _opened(number, token)
    form = ReplyForm()
    if not form.validate():
        return _thread_page(view, token, form, 422)
    try:
        with transaction() as session:
            is_new = write_on(session, number, form.body.data, key=form.key.data, actor=CUSTOMER, at=now())
    except (MessageRefused, ThreadBusy, ThreadFull) as refusal:
        form.body.errors = (sentence(refusal),)
        return _thread_page(view, token, form, status_of(refusal))
    if is_new:
        flash(_("Sent. The answer comes by mail."), "good")
    else:
        flash(_("This was sent already; nothing was done twice."), "info")
    return make_response(redirect(to(f"/permintaan/{number}/{token}"), 303))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the form's page is about; `days` are the slots of the coming weeks, full ones too."""

    product: AskedProduct
    kind: str
    terms: Terms
    days: Sequence[SlotDay]
    earliest: date
    latest: date

    def form(self, **values: Any) -> AskForm:
        """A form of the scene's kind."""
        known = {"days": self.days} if self.kind == "booking" else {}
        return form_of(self.kind)(**known, **values)


def _scene(slug: str) -> _Scene:
    session = reading_session()
    product = asked_product(session, slug)
    if product is None:
        raise ProductNotFound
    terms = terms_of(session, product.id)
    today = jakarta_day(now())
    earliest, latest = today + timedelta(days=terms.notice_days), today + BOOKED_AHEAD
    is_service = product.kind == "service"
    days = slot_days(session, product.id, first=earliest, last=latest) if is_service else ()
    return _Scene(product, _enquiry_kind(product.kind, bool(days)), terms, days, earliest, latest)


def _moved(slug: str) -> Response:
    """Lead from an old address. Raises ProductNotFound for one that never was."""
    present = present_product_slug(reading_session(), slug)
    if present is None:
        raise ProductNotFound
    return make_response(redirect(to(f"/produk/{present}/permintaan"), 301))


def _unit(terms: Terms) -> str:
    """The unit of the least quantity, as the visitor would write it."""
    unit = terms.least_unit
    return unit if locale_code() == DEFAULT_LOCALE else UNITS.get(unit, unit)


def _enquiry_kind(product_kind: str, has_slots: bool) -> str:
    if product_kind == "export_commodity":
        return "export"
    return "booking" if product_kind == "service" and has_slots else "question"


def _wish(scene: _Scene, form: AskForm, nonce: str) -> Ask:
    values: dict[str, Any] = {}
    if isinstance(form, QuestionForm):
        values |= {
            "quantity": int(form.quantity.data) if form.quantity.data else None,
            "unit": scene.product.unit,
            "wanted_on": parse_day(form.wanted_on.data) if form.wanted_on.data else None,
        }
    if isinstance(form, ExportForm):
        values |= {
            "unit": form.unit.data,
            "destination": form.destination.data,
            "company": form.company.data,
        }
    if isinstance(form, BookingForm):
        values |= {"slot": form.wanted, "earliest": scene.earliest, "latest": scene.latest}
    return Ask(
        idempotency_key=nonce,
        kind=scene.kind,
        product_id=scene.product.id,
        upt_ids=scene.product.upt_ids,
        locale=locale_code(),
        name=form.name.data,
        email=form.email.data.lower(),
        phone=form.phone.data or "",
        body=form.body.data or "",
        **values,
    )


def _ask_page(scene: _Scene, form: AskForm, status: int = 200) -> Response:
    page = render_page(
        "storefront/enquiries/ask.html",
        product=scene.product,
        kind=scene.kind,
        terms=scene.terms,
        days=scene.days,
        form=form,
    )
    return keep_private(make_response(page, status))


def _thread_page(view: EnquiryView, token: str, form: ReplyForm, status: int = 200) -> Response:
    page = render_page(
        "storefront/enquiries/thread.html",
        enquiry=view,
        token=token,
        form=form,
        done=DONE,
        zone=province_zone(view.booking.province_code) if view.booking else None,
    )
    return keep_private(make_response(page, status))


def _opened(number: str, token: str) -> EnquiryView:
    """The enquiry a link opens. Raises NotFound, EnquiryLinkExpired, EnquiryLinkVoid."""
    named, link_key = enquiry_of_token(token, secret_key=config().secret_key)
    if named != number:
        raise NotFound
    view = enquiry_view(reading_session(), number)
    if view.parcel_number:
        raise NotFound  # it is read on its order's page
    if not secrets.compare_digest(view.link_key, link_key):
        raise EnquiryLinkVoid
    return view


def _path(view: EnquiryView) -> str:
    return to(enquiry_path(view.number, view.link_key, secret_key=config().secret_key))


def _new_key(slug: str) -> str:
    """A key for one rendering of a product's form; nobody else can make one."""
    return sign(_PURPOSE, f"{slug}:{secrets.token_urlsafe(12)}", secret_key=config().secret_key)


def _nonce(key: str, slug: str) -> str | None:
    """What makes a form's key its own; None for a key we did not make for this product, or an old one."""
    try:
        value = check_signature(_PURPOSE, key, secret_key=config().secret_key, max_age_days=_FORM_LIFE_DAYS)
    except NotFound:
        return None
    return value if value.startswith(f"{slug}:") else None

"""One-page guest checkout: who, where to, which parcels for how much, then to the payment page."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from accounts.rules import CUSTOMER, Actor
from accounts.web.session import current_user_id
from inventory.errors import OutOfStock
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.i18n import locale_code, long_date
from kernel.web import status_of, to
from orders.errors import OrderNotPayable
from orders.queries.customer import order_number_of_key
from orders.rules.allocation import Wish
from orders.services.placing import Contact, Destination, PlaceOrder, place_order
from orders.services.quoting import Quote, quote
from storefront.queries.carts import CartLineRow, CartRow, lines_of, lock_cart
from storefront.services.carts import take_ordered
from storefront.web import paying
from storefront.web import saved_addresses as saved
from storefront.web.checkout_form import CheckoutForm
from storefront.web.refusals import refusal_text_far_from
from storefront.web.visitor import cart_of_request, render_page

blueprint = Blueprint("checkout", __name__, url_prefix="/checkout")

CART = "/keranjang"


@blueprint.get("")
def show() -> str | Response:
    """The form beside what is in the cart: empty, but for what an account knows of its owner."""
    cart = cart_of_request()
    lines = lines_of(reading_session(), cart.id, locale=locale_code()) if cart else []
    if cart is None or not _is_orderable(lines):
        return redirect(to(CART), 303)
    screen = Screen(cart, lines, saved.first_form(cart.checkout_key))
    screen.work_out()
    return _page(screen)


@blueprint.post("")
def submit() -> Response | str | tuple[str, int]:
    """Show parcels and total for the address, or place the order: `step` is the button that was pressed."""
    step = request.form.get("step")
    form = saved.chosen_form() if step == saved.STEP else saved.typed_form()
    key = form.checkout_key.data or ""
    placed = order_number_of_key(reading_session(), key)
    if placed is not None:
        return _to_payment(placed)
    cart = cart_of_request()
    lines = lines_of(reading_session(), cart.id, locale=locale_code()) if cart else []
    if cart is None or not lines:
        return redirect(to(CART), 303)
    screen = Screen(cart, lines, form)
    if step != "order":
        return _address_step(screen)
    if not form.validate():
        screen.work_out()
        return _page(screen), 422
    if key != cart.checkout_key or form.seen_rupiah is None:
        screen.hint = _("This is what you get and what it costs. Look at it, then order.")
        screen.work_out()
        return _page(screen), 409
    return _order_step(screen)


class Screen:
    """One rendering of the page: the form, the cart's lines, the quote if there is one, what is wrong."""

    def __init__(self, cart: CartRow, lines: list[CartLineRow], form: CheckoutForm) -> None:
        self.cart, self.lines, self.form = cart, lines, form
        self.quote: Quote | None = None
        self.problem: str | None = None
        self.hint: str | None = None

    @property
    def goods_total(self) -> int:
        """The goods alone, in rupiah: shown until there is an address."""
        return sum(line.total for line in self.lines)

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """The cart's lines as what is wanted."""
        return tuple(
            Wish(position, line.variant_id, line.quantity, line.upt_id)
            for position, line in enumerate(self.lines, start=1)
        )

    @property
    def own_texts(self) -> dict[int, str]:
        """What is to be written on the pieces of a line, by its place in the cart."""
        return {position: line.own_text for position, line in enumerate(self.lines, start=1) if line.own_text}

    def work_out(self) -> DomainError | None:
        """Quote the parcels for the address chosen; a refusal is kept as the problem to show."""
        regency_code = self.form.regency_code
        if regency_code is None:
            return None
        try:
            day = jakarta_day(now())
            self.quote = quote(reading_session(), self.wishes, regency_code=regency_code, day=day)
        except DomainError as refusal:
            self.problem = self.problem or self.refused(refusal)
            return refusal
        return None

    def refused(self, refusal: DomainError) -> str:
        """What to say of a refusal; what is missing because of a pause is told as that."""
        for line in self.lines:
            if line.pause and line.problem == "paused" and isinstance(refusal, OutOfStock):
                day = long_date(line.pause.until)
                said = _("%(product)s is paused up to and including %(day)s.", product=line.product, day=day)
                return str(said)
        return refusal_text_far_from(refusal)


def _address_step(screen: Screen) -> str | tuple[str, int]:
    """Only the address is looked at: contact fields may still be empty."""
    form = screen.form
    form.check_postcode()
    refusal = screen.work_out()
    if form.postcode.errors:
        return _page(screen), 422
    return _page(screen) if refusal is None else (_page(screen), status_of(refusal))


def _order_step(screen: Screen) -> Response | tuple[str, int]:
    try:
        with transaction() as session:
            number = _order_cart(session, screen)
    except DomainError as refusal:
        screen.problem = screen.refused(refusal)
        screen.work_out()
        return _page(screen), status_of(refusal)
    if number is None:
        return redirect(to(CART), 303)
    return _to_payment(number)


def _order_cart(session: Session, screen: Screen) -> str | None:
    """Order what is on the screen if the cart still holds just that; gives the order's number.

    Another tab may have been faster: an order it made is found by the key, and what it changed in the cart is
    looked at first (None).
    """
    cart = lock_cart(session, screen.cart.id)
    if cart is None or cart.checkout_key != screen.cart.checkout_key:
        return order_number_of_key(session, screen.cart.checkout_key)
    if _contents(lines_of(session, cart.id)) != _contents(screen.lines):
        return None
    number = place_order(session, _command(screen), actor=_buyer(), at=now())
    take_ordered(session, cart.id, [line.line_id for line in screen.lines])
    saved.keep(session, screen.form, at=now())
    return number


def _contents(lines: list[CartLineRow]) -> list[tuple[int, int, int | None, int, str]]:
    """What a cart holds, whatever is left of it on the shelves."""
    return [(line.line_id, line.variant_id, line.upt_id, line.quantity, line.own_text) for line in lines]


def _command(screen: Screen) -> PlaceOrder:
    form, caps = screen.form, paying.provider().caps
    return PlaceOrder(
        idempotency_key=screen.cart.checkout_key,
        wishes=screen.wishes,
        contact=Contact(form.email.data.lower(), form.name.data, form.phone.data),
        destination=Destination(form.street.data, form.village.data, form.postcode.data),
        note=form.note.data or "",
        locale=locale_code(),
        seen_total=form.seen_rupiah or 0,
        minimum_total=caps.minimum_amount,
        maximum_total=caps.maximum_amount,
        own_texts=screen.own_texts,
        wanted_by=form.wanted_day,
    )


def _buyer() -> Actor:
    """The customer; who is signed in finds the order among their own later."""
    return replace(CUSTOMER, user_id=current_user_id())


def _to_payment(number: str) -> Response:
    try:
        return paying.send_to_payment(number)
    except OrderNotPayable:
        return redirect(paying.page_of(number), 303)


def _is_orderable(lines: list[CartLineRow]) -> bool:
    """Whether there is something, and nothing the cart page would have to explain first."""
    return bool(lines) and all(line.problem is None for line in lines)


def _page(screen: Screen) -> str:
    screen.form.checkout_key.data = screen.cart.checkout_key
    screen.form.seen_total.data = str(screen.quote.total) if screen.quote else ""
    return render_page(
        "storefront/checkout/show.html", screen=screen, form=screen.form, book=saved.book_for(screen.form)
    )

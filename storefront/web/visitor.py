"""The visitor of the request at hand: their cart, found by sign-in or cookie, and the pages made for them."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, render_template, request
from flask_login import user_logged_in

from accounts.queries import verified_email_of
from accounts.rules import CUSTOMER, Actor
from accounts.web.session import SignedIn, current_user_id
from kernel.clock import now
from kernel.config import Config
from kernel.db import reading_session, transaction
from orders.services.joining import join_orders
from storefront.page_cache import MAY_KEEP
from storefront.queries.carts import CartRow, guest_cart, piece_count, user_cart
from storefront.rules import CART_LIFE
from storefront.services.carts import merge_carts

PRIVATE_COOKIES = ("lapak", "__Host-lapak")
"""What the names of our own cookies begin with: a visitor who has one gets pages of their own."""

_COOKIE = "CART_COOKIE_NAME"


def init_visitors(app: Flask, config: Config) -> None:
    """Name the cart's cookie, which over https the browser binds to this host; merge carts at sign-in."""
    app.config[_COOKIE] = "__Host-lapak_cart" if config.base_url.startswith("https://") else "lapak_cart"
    app.after_request(_keep_private)
    user_logged_in.connect(_merge_carts, app)
    user_logged_in.connect(_join_orders, app)


def guest_key() -> str | None:
    """What the browser says its cart's key is; it may be anything."""
    return request.cookies.get(current_app.config[_COOKIE])


def visiting_user_id() -> int | None:
    """The signed-in user's id; a browser without a session cookie is not looked up."""
    return current_user_id() if current_app.config["SESSION_COOKIE_NAME"] in request.cookies else None


def cart_of_request() -> CartRow | None:
    """The visitor's cart: the signed-in user's, else the cookie's. No query when there is neither."""
    if "cart" not in g:
        g.cart = _find_cart()
    cart: CartRow | None = g.cart
    return cart


def remember_cart(response: Response, cart: CartRow) -> Response:
    """Give a guest's browser the key of its cart, and the request its cart."""
    g.cart = cart
    if cart.user_id is None:
        response.set_cookie(
            current_app.config[_COOKIE],
            cart.key,
            max_age=CART_LIFE,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def render_page(template: str, **values: object) -> str:
    """A customer page with the number of pieces in the visitor's cart."""
    cart = cart_of_request()
    count = piece_count(reading_session(), cart.id) if cart else 0
    return render_template(template, cart_count=count, **values)


def allow_keeping() -> None:
    """Let the page cache keep the answer to this request: it holds nothing of its visitor's own."""
    request.environ[MAY_KEEP] = True


def _keep_private(response: Response) -> Response:
    """Unless it says otherwise, a page is its visitor's own: no proxy keeps it, the browser asks again."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _merge_carts(_app: Flask, user: SignedIn) -> None:
    key = guest_key()
    if key:
        with transaction() as session:
            merge_carts(session, key, user.user_id, at=now())


def _join_orders(_app: Flask, user: SignedIn) -> None:
    """What was ordered as a guest since the address was verified joins the account at the next sign-in."""
    with transaction() as session:
        email = verified_email_of(session, user.user_id)
        if email is not None:
            owner = Actor(CUSTOMER.label, user.user_id)
            join_orders(session, user_id=user.user_id, email=email, actor=owner, at=now())


def _find_cart() -> CartRow | None:
    user_id = visiting_user_id()
    if user_id is not None:
        return user_cart(reading_session(), user_id)
    key = guest_key()
    return guest_cart(reading_session(), key) if key else None

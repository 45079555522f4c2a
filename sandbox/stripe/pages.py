"""The hosted payment page for a browser: plain HTML forms, in Indonesian as the customers are."""

from datetime import datetime, timedelta, timezone
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.stripe import cards, payments, sessions, timers
from sandbox.stripe.problems import Json
from sandbox.stripe.world import World

LATEST = 50
_WIB = timezone(timedelta(hours=7))
"""Western Indonesian time, which has no daylight saving."""
_DECLINES = {
    "insufficient_funds": "Saldo kartu tidak cukup. Silakan pakai kartu lain.",
    "expired_card": "Kartu sudah kedaluwarsa.",
    "incorrect_cvc": "Kode keamanan (CVC) kartu salah.",
    "processing_error": "Terjadi gangguan saat memproses kartu. Silakan coba lagi sebentar lagi.",
}
_DECLINED = "Kartu ditolak oleh bank. Silakan pakai kartu lain."
_NOT_A_TEST_CARD = (
    "Nomor kartu tidak dikenal. Halaman uji ini hanya menerima kartu uji, misalnya 4242 4242 4242 4242."
)
_NOT_CONFIRMED = "Konfirmasi 3-D Secure gagal, kartu tidak didebit. Silakan coba lagi."
_MINOR_DIGITS = {"jpy": 0, "krw": 0, "vnd": 0}


def money(amount: int, currency: str) -> str:
    """Minor units as a buyer reads them: Rp25.000 for idr (Stripe counts it in hundredths)."""
    digits = _MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(amount, 10**digits)
    grouped = f"{whole:,}".replace(",", ".")
    cents = f",{rest:0{digits}d}" if digits and (rest or currency != "idr") else ""
    return f"Rp{grouped}{cents}" if currency == "idr" else f"{currency.upper()} {grouped}{cents}"


def return_address(session: Json) -> str:
    """The success_url with the session's id in its place."""
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


class Pages:
    """The pages a customer sees, and a list of payments for whoever plays the bank."""

    def __init__(self, world: World) -> None:
        self._world = world

    def blueprint(self) -> Blueprint:
        """The routes of the pages."""
        pages = Blueprint("pages", __name__)
        pages.add_app_template_filter(money, "money")
        pages.add_url_rule("/", "index", self.index)
        pages.add_url_rule("/pay/<id>", "pay", self.pay, methods=["GET", "POST"])
        pages.add_url_rule("/pay/<id>/3ds", "confirm", self.confirm, methods=["GET", "POST"])
        pages.add_url_rule("/pay/<id>/transfer", "transfer", self.transfer, methods=["GET", "POST"])
        return pages

    def index(self) -> Response:
        """The latest payments, with the link to each one's next step."""
        with self._world.lock:
            timers.run_due(self._world)
            latest = list(self._world.sessions.values())[: -LATEST - 1 : -1]
            return _page("index.html", sessions=latest, awaits=self._awaiting())

    def pay(self, id: str) -> AnyResponse:
        """Show the payment page; pay by card or choose bank transfer."""
        with self._world.lock:
            timers.run_due(self._world)
            session = self._world.sessions.get(id)
            if session is None or session["status"] != "open":
                return self._closed(session)
            if request.method == "GET":
                return self._payment_page(session)
            if (
                request.form.get("method") == "bank_transfer"
                and "customer_balance" in session["payment_method_types"]
            ):
                payments.start_transfer(self._world, session)
                return redirect(f"/pay/{id}/transfer", 303)
            return self._pay_by_card(session)

    def confirm(self, id: str) -> AnyResponse:
        """The bank's 3-D Secure page: complete or fail."""
        with self._world.lock:
            timers.run_due(self._world)
            session = self._world.sessions.get(id)
            if session is None or session["status"] != "open":
                return self._closed(session)
            card = payments.card_awaiting_3ds(self._world, session)
            if card is None:
                return redirect(f"/pay/{id}", 303)
            if request.method == "GET":
                return _page("confirm.html", session=session, last4=card.last4)
            if request.form.get("action") != "complete":
                payments.fail_authentication(self._world, session)
                return self._payment_page(session, _NOT_CONFIRMED, status=402)
            outcome = payments.pay_by_card(self._world, session, card, authenticated=True)
            return self._after_card(session, outcome, card)

    def transfer(self, id: str) -> AnyResponse:
        """How to transfer, and buttons that play the bank."""
        with self._world.lock:
            timers.run_due(self._world)
            session = self._world.sessions.get(id)
            if session is None or session["status"] != "complete":
                return self._closed(session)
            if request.method == "POST" and payments.awaits_transfer(self._world, session):
                payments.settle_transfer(
                    self._world, session, succeeded=request.form.get("action") == "arrive"
                )
                return redirect(f"/pay/{id}/transfer", 303)
            waiting = payments.awaits_transfer(self._world, session)
            return _page("transfer.html", session=session, waiting=waiting, back=return_address(session))

    def _pay_by_card(self, session: Json) -> AnyResponse:
        typed = request.form.get("number", "")
        card = cards.find(typed)
        if card is None or "card" not in session["payment_method_types"]:
            return self._payment_page(session, _NOT_A_TEST_CARD, status=402, typed=typed)
        return self._after_card(session, payments.pay_by_card(self._world, session, card), card)

    def _after_card(self, session: Json, outcome: str, card: cards.Card) -> AnyResponse:
        if outcome == "paid":
            return redirect(return_address(session), 303)
        if outcome == "asks_3ds":
            return redirect(f"/pay/{session['id']}/3ds", 303)
        return self._payment_page(session, _DECLINES.get(card.decline_code or "", _DECLINED), status=402)

    def _payment_page(
        self, session: Json, error: str = "", *, status: int = 200, typed: str = ""
    ) -> Response:
        return _page(
            "pay.html",
            status,
            session=session,
            items=sessions.line_items(self._world, session),
            until=datetime.fromtimestamp(session["expires_at"], _WIB),
            error=error,
            typed=typed,
        )

    def _closed(self, session: Json | None) -> Response:
        if session is None:
            return _page("closed.html", 404, session=None, back=None)
        if session["status"] == "expired":
            return _page("closed.html", 410, session=session, back=session["cancel_url"])
        return _page("closed.html", 200, session=session, back=return_address(session))

    def _awaiting(self) -> set[str]:
        return {s["id"] for s in self._world.sessions.values() if payments.awaits_transfer(self._world, s)}


def _page(template: str, status: int = 200, /, **values: Any) -> Response:
    response = make_response(render_template(template, **values), status)
    response.headers["Cache-Control"] = "no-store"
    return response

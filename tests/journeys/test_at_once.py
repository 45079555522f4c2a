"""W5: everything said many times at once has its effect once, from the form to the mails."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection
from threading import Barrier
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from orders.links import order_url
from tests.journeys.customers import Guest
from tests.journeys.ledgers import column, open_session, settle_down
from tests.journeys.wording import told
from tests.shop import RunningShop

SLUG, SKU = "gula-semut-jahe-merah", "LPS-LAHAT.GULA-SEMUT-JAHE-MERAH"
_SECONDS = 60

Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What came back; `cookies` as the browser sends them again."""

    status: int
    location: str
    text: str
    cookies: str


def ask(url: str, form: Mapping[str, str] | None = None, cookies: str = "") -> Answer:
    """GET, or POST the form as our own page does; redirects are not followed."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=_SECONDS)
    headers = {"Cookie": cookies, "Sec-Fetch-Site": "same-origin"}
    try:
        if form is None:
            connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", parts.path, urlencode(form), headers)
        answer = connection.getresponse()
        found = [value.partition(";")[0] for name, value in answer.getheaders() if name == "Set-Cookie"]
        text = answer.read().decode()
        return Answer(answer.status, answer.getheader("Location") or "", text, "; ".join(found) or cookies)
    finally:
        connection.close()


def at_once(*works: Callable[[], Result]) -> list[Result]:
    """Do all of it at the same moment; what each gave, in order."""
    start = Barrier(len(works))

    def wait_and(work: Callable[[], Result]) -> Result:
        start.wait(_SECONDS)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(wait_and, works))


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def filled_form(shop: RunningShop, cookies: str, guest: Guest) -> dict[str, str]:
    """The checkout form with everything in it and the parcels seen: what one tab is about to send."""
    form = {name: guest.typed(name) for name in ("email", "name", "phone", "postcode", "street", "note")}
    page = ask(f"{shop.url}/checkout", cookies=cookies).text
    form["checkout_key"] = hidden(page, "checkout_key")
    village = ask(f"{shop.url}/checkout", {**form, "step": "address"}, cookies).text
    codes = re.findall(r'<option[^>]*value="([\d.]{13})"', village)
    form["village"] = codes[0]
    page = ask(f"{shop.url}/checkout", {**form, "step": "address"}, cookies).text
    return {**form, "seen_total": hidden(page, "seen_total"), "step": "order"}


def test_one_order_one_payment_one_mail_each(shop: RunningShop) -> None:
    guest = Guest("tergesa@example.id")
    put = {"sku": SKU, "quantity": "2", "upt": "lapas-kelas-iia-lahat"}
    cookies = ask(f"{shop.url}/produk/{SLUG}", put).cookies
    tabs = [filled_form(shop, cookies, guest) for _ in range(2)]

    def send(form: Mapping[str, str]) -> Callable[[], Answer]:
        return lambda: ask(f"{shop.url}/checkout", form, cookies)

    answers = at_once(*[send(tabs[0])] * 8, *[send(tabs[1])] * 2)
    assert {answer.status for answer in answers} == {303}
    (number,) = column(shop, "SELECT number FROM orders WHERE email = :email", email=guest.email)
    sessions = column(
        shop,
        "SELECT p.ref FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = :number",
        number=number,
    )
    assert len(sessions) == 1
    shop.inbox.wait_for(to=guest.email)  # who has paid is not asked to pay any more
    pay_and_hear_of_it_from_everywhere(shop, number)

    shop.inbox.wait_for(to=guest.email, subject=told("Order %(number)s is paid", number=number))
    settle_down(shop)
    assert len(shop.inbox.mails(to=guest.email)) == 2
    assert len(shop.inbox.mails(to="lapas-kelas-iia-lahat@upt.lapak.example", subject=number)) == 1
    held = column(shop, "SELECT held FROM reservations WHERE order_number = :number", number=number)
    assert held == [2]
    assert shop.violations() == {}


def pay_and_hear_of_it_from_everywhere(shop: RunningShop, number: str) -> None:
    """Paid once; the webhook comes ten times at once while the customer comes back in four tabs."""
    session_id = open_session(shop, number)
    shop.simulator.deliver("hold")
    try:
        assert shop.simulator.pay(session_id) == "paid"
        (event,) = shop.simulator.deliveries(type="checkout.session.completed", state="held")[-1:]
    finally:
        shop.simulator.deliver("normal")
    back = return_address(shop, number, session_id)

    def hook() -> set[int | None]:
        return set(shop.simulator.redeliver(event["event"], times=10, at_once=True))

    def come_back() -> set[int | None]:
        return {ask(back).status}

    said = at_once(hook, *[come_back] * 4)
    assert set().union(*said) == {200}
    shop.simulator.release()


def return_address(shop: RunningShop, number: str, session_id: str) -> str:
    """Where the payment page sends a customer who has paid."""
    page = order_url(shop.url, number, secret_key=shop.config.secret_key)
    return f"{page}?session_id={session_id}"

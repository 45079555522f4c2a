"""The address book in the browser: each refusal in its place, with nothing changed."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from flask import Flask

from accounts.queries import AddressRow, addresses_of
from accounts.rules import MOST_ADDRESSES
from kernel.db import db
from tests.languages import strangers
from tests.storefront.web.account.conftest import Customer, MakeCustomer

HOME = {
    "label": "Rumah",
    "name": "Sari",
    "phone": "0812-3456-7890",
    "postcode": "40111",
    "village": "32.73.19.1001",
    "street": "Jalan Asia Afrika 8",
    "step": "keep",
}


def book(app: Flask, customer: Customer) -> list[AddressRow]:
    with app.app_context():
        return list(addresses_of(db.session(), customer.id))


def add(customer: Customer, **changes: str) -> str:
    """Keep an address; gives its key."""
    answer = customer.browser.post("/akun/alamat/baru", data={**HOME, **changes})
    assert (answer.status_code, answer.location) == (303, "/akun/alamat")
    page = customer.browser.get("/akun/alamat").text
    keys: list[str] = re.findall(r'id="alamat-([0-9a-f-]{36})"', page)
    return keys[-1]


class TestAdd:
    def test_keeps_it_and_shows_it(self, app: Flask, sari: Customer) -> None:
        add(sari)
        (address,) = book(app, sari)
        assert (address.label, address.phone, address.is_default) == ("Rumah", "081234567890", True)
        assert "Jalan Asia Afrika 8" in sari.browser.get("/akun/alamat").text

    def test_shows_the_villages_of_a_postcode_first(self, app: Flask, sari: Customer) -> None:
        """Without a script the button does what the script does."""
        answer = sari.browser.post("/akun/alamat/baru", data={"postcode": "40111", "step": "address"})
        assert answer.status_code == 200
        assert "Braga" in answer.text
        assert book(app, sari) == []

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"postcode": "99999"}, "There is no such postcode"),
            ({"postcode": "40111'--"}, "There is no such postcode"),
            ({"village": "11.01.01.2001", "postcode": "40132"}, "Please choose the village."),
            ({"name": ""}, "Please say who receives the parcels."),
            ({"name": "x" * 10_000}, "Please write between 2 and 100 letters."),
            ({"phone": "satu"}, "Please write 8 to 15 digits"),
            ({"street": "Jl"}, "Please write between 5 and 300 letters."),
            ({"label": "x" * 41}, "Please write at most 40 letters."),
        ],
    )
    def test_says_what_is_wrong_beside_it_and_keeps_nothing(
        self, app: Flask, sari: Customer, wrong: dict[str, str], sentence: str
    ) -> None:
        answer = sari.browser.post("/en/akun/alamat/baru", data={**HOME, **wrong})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert book(app, sari) == []

    def test_a_full_book_says_so(self, app: Flask, sari: Customer) -> None:
        for number in range(MOST_ADDRESSES):
            add(sari, street=f"Jalan Braga {number}")
        answer = sari.browser.post("/en/akun/alamat/baru", data=HOME)
        assert answer.status_code == 409
        assert "Your address book holds 20 addresses." in answer.text
        assert len(book(app, sari)) == MOST_ADDRESSES

    def test_what_is_written_is_shown_as_text(self, sari: Customer) -> None:
        add(sari, label="<b>x</b>", name="<script>1</script>")
        page = sari.browser.get("/akun/alamat").text
        assert "&lt;b&gt;x" in page
        assert "<script>1" not in page


class TestChangeAndDelete:
    def test_changes_it(self, app: Flask, sari: Customer) -> None:
        key = add(sari)
        assert 'value="Rumah"' in sari.browser.get(f"/akun/alamat/{key}").text
        answer = sari.browser.post(f"/akun/alamat/{key}", data={**HOME, "label": "Ibu"})
        assert answer.status_code == 303
        assert [address.label for address in book(app, sari)] == ["Ibu"]

    def test_says_what_is_wrong_and_changes_nothing(self, app: Flask, sari: Customer) -> None:
        key, other = add(sari), add(sari, street="Jalan Braga 1", label="Kantor")
        before = book(app, sari)
        wrong = [{**HOME, "street": ""}, {**HOME, "postcode": "00000"}]
        statuses = [sari.browser.post(f"/akun/alamat/{key}", data=form).status_code for form in wrong]
        twice = sari.browser.post(f"/akun/alamat/{other}", data=HOME)
        assert (statuses, twice.status_code) == ([422, 422], 409)
        assert "sudah ada di buku alamat" in twice.text
        assert book(app, sari) == before

    def test_another_persons_is_as_missing_as_none(
        self, app: Flask, sari: Customer, make_customer: MakeCustomer
    ) -> None:
        budi = make_customer("Budi")
        foreign, missing = add(budi), str(uuid4())
        before = book(app, budi)
        for step in ("", "/hapus", "/utama"):
            answers = [
                sari.browser.post(f"/akun/alamat/{key}{step}", data=HOME) for key in (foreign, missing)
            ]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].data == answers[1].data
        assert sari.browser.get(f"/akun/alamat/{foreign}").status_code == 404
        assert (book(app, budi), book(app, sari)) == (before, [])

    def test_offers_another_one_first_and_deletes(self, app: Flask, sari: Customer) -> None:
        add(sari)
        other = add(sari, street="Jalan Braga 1", label="Kantor")
        sari.browser.post(f"/akun/alamat/{other}/utama")
        assert [address.label for address in book(app, sari)] == ["Kantor", "Rumah"]
        sari.browser.post(f"/akun/alamat/{other}/hapus")
        assert [(address.label, address.is_default) for address in book(app, sari)] == [("Rumah", True)]


def test_the_list_takes_as_many_statements_for_many_as_for_one(sari: Customer, queries: list[str]) -> None:
    counts = []
    for number in range(3):
        add(sari, street=f"Jalan Braga {number}")
        queries.clear()
        sari.browser.get("/akun/alamat")
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 5


def test_the_pages_are_in_the_readers_language(sari: Customer) -> None:
    key = add(sari)
    for path in ("/en/akun/alamat", "/en/akun/alamat/baru", f"/en/akun/alamat/{key}"):
        assert strangers(sari.browser.get(path).text, "en") == []

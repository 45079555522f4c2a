"""What a person gets wrong, and what changes while they shop: a sentence beside it, and the cart kept."""

from __future__ import annotations

import pytest

from tests.journeys.browsing import Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import Guest, order, put_in_cart, show_parcels, write_contact
from tests.journeys.ledgers import change_price, column, leave_on_shelves, withdraw
from tests.journeys.wording import told
from tests.shop import RunningShop

SLUG = "sabun-cuci-lapas-garut"
NAMED = ("email", "name", "phone", "street")


def orders(shop: RunningShop) -> int:
    """How many orders there are."""
    return int(column(shop, "SELECT count(*) FROM orders")[0])


def cart_lines(customer: Browsing) -> int:
    """How many lines the cart's page shows."""
    customer.open("/keranjang")
    return customer.page.locator('main form[action^="/keranjang"]').count()


class TestQuantity:
    @pytest.mark.parametrize("typed", ["0", "-1", "1.5", "1e9", "", "123456"])
    def test_of_a_product(self, person: Opens, shop: RunningShop, typed: str) -> None:
        with person() as customer:
            customer.open(f"/produk/{SLUG}")
            customer.trust_the_server()
            customer.field("quantity").fill(typed)
            assert customer.submit(f"/produk/{SLUG}") in (409, 422)
            assert customer.error_beside("quantity")
            assert cart_lines(customer) == 0

    def test_of_a_line_in_the_cart(self, person: Opens, shop: RunningShop) -> None:
        with person() as customer:
            put_in_cart(customer, SLUG, 2)
            customer.trust_the_server()
            customer.field("quantity").fill("1000")
            assert customer.submit("/keranjang") in (409, 422)
            assert customer.error_beside("quantity")
            customer.open("/keranjang")
            assert customer.field("quantity").input_value() == "2"


class TestCheckout:
    @pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
    def test_an_empty_form_says_what_each_field_needs(
        self, person: Opens, shop: RunningShop, scripts: bool
    ) -> None:
        before = orders(shop)
        with person(scripts=scripts) as customer:
            put_in_cart(customer, SLUG, 2)
            customer.open("/checkout")
            assert order(customer) == 422
            said = [customer.error_beside(name) for name in (*NAMED, "postcode")]
            assert all(said)
            assert len(set(said)) == 5
            assert customer.page.locator("#error-summary li").count() == 5
            assert cart_lines(customer) == 1
        assert orders(shop) == before

    def test_wrong_entries_are_named_and_kept(self, person: Opens, shop: RunningShop) -> None:
        wrong = {"email": "sari@", "phone": "rumah", "name": "S", "street": "-"}
        guest = Guest("wrong@example.id", wrong=wrong)
        before = orders(shop)
        with person(scripts=False) as customer:
            put_in_cart(customer, SLUG, 2)
            customer.open("/checkout")
            write_contact(customer, guest)
            assert show_parcels(customer, guest) == 200
            assert order(customer) == 422
            for name in NAMED:
                assert customer.error_beside(name)
                assert customer.field(name).input_value() == wrong[name]
            assert customer.page.locator(".parcel").count() == 1
            write_contact(customer, Guest("right@example.id"))
            assert order(customer) == 200
            assert customer.page.locator("#pay").count() == 1
        assert orders(shop) == before + 1

    @pytest.mark.parametrize("postcode", ["99999", "1234", "abcde", "<b>"])
    def test_a_postcode_that_does_not_exist(self, person: Opens, shop: RunningShop, postcode: str) -> None:
        with person(scripts=False) as customer:
            put_in_cart(customer, SLUG, 1)
            customer.open("/checkout")
            assert show_parcels(customer, Guest("p@example.id", wrong={"postcode": postcode})) == 422
            assert told("There is no such postcode. It has five digits, like 40111.") in (
                customer.error_beside("postcode")
            )
            assert customer.field("postcode").input_value() == postcode[:5]


class TestWhileShopping:
    """Each with a product of its own, for it is changed for good."""

    def test_the_stock_goes_between_cart_and_order(self, person: Opens, shop: RunningShop) -> None:
        slug, sku = "dodol-mangrove", "LPS-CIKARANG.DODOL-MANGROVE"
        before = orders(shop)
        with person() as customer:
            put_in_cart(customer, SLUG, 1)
            put_in_cart(customer, slug, 3)
            to_last_step(customer, Guest("gone@example.id"))
            leave_on_shelves(shop, sku, 1)
            assert order(customer) == 409
            assert "Dodol Mangrove" in customer.page.get_by_role("alert").inner_text()
            assert cart_lines(customer) == 2
            assert "Dodol Mangrove" in (customer.page.locator(".has-problem").inner_text())
        assert orders(shop) == before

    def test_the_product_is_withdrawn_while_it_is_in_the_cart(self, person: Opens, shop: RunningShop) -> None:
        slug = "keranjang-buah-lidi"
        with person() as customer:
            put_in_cart(customer, SLUG, 1)
            put_in_cart(customer, slug, 1)
            withdraw(shop, slug)
            assert cart_lines(customer) == 2
            assert told("No longer sold: remove it to go on.") in (
                customer.page.locator(".has-problem").inner_text()
            )
            assert customer.open(f"/produk/{slug}") == 410
            customer.open("/keranjang")
            customer.press(customer.page.locator('.has-problem button[name="remove"]'))
            assert cart_lines(customer) == 1
            customer.open("/checkout")
            assert customer.path == "/checkout"

    def test_the_price_changes_between_checkout_and_order(self, person: Opens, shop: RunningShop) -> None:
        slug, sku = "tas-purun", "LPS-BANJARBARU.TAS-PURUN"
        before = orders(shop)
        with person() as customer:
            put_in_cart(customer, slug, 1)
            to_last_step(customer, Guest("dearer@example.id"))
            change_price(shop, sku, 123_000)
            assert order(customer) == 409
            assert "123.000" in customer.text
            assert orders(shop) == before
            assert order(customer) == 200
            assert customer.page.locator("#pay").count() == 1
        assert orders(shop) == before + 1


def to_last_step(customer: Browsing, guest: Guest) -> None:
    """The checkout with everything filled in and the parcels shown."""
    customer.open("/checkout")
    write_contact(customer, guest)
    assert show_parcels(customer, guest) == 200


class TestLinks:
    @pytest.mark.parametrize(
        "path", ["/pesanan/LP-AAAAAAAA/nonsense", "/produk/tidak-ada", "/upt/tidak-ada", "/tidak-ada"]
    )
    def test_that_lead_nowhere_are_a_page_of_ours(self, person: Opens, shop: RunningShop, path: str) -> None:
        with person() as customer:
            assert customer.open(path) == 404
            assert customer.page.locator("main a").count() > 0

"""A product's way: an officer writes it, head office publishes it, both on a phone, and the shop shows it."""

from __future__ import annotations

from tests.journeys import officers
from tests.journeys.browsing import PHONE
from tests.journeys.conftest import Opens

SLUG = "rak-sepatu-sabut"


def test_a_product_goes_from_the_officer_to_the_shop(person: Opens) -> None:
    page = f"/staff/produk/{SLUG}"
    with person(width=PHONE) as officer:
        officers.sign_in(officer, officers.GARUT)
        officer.open("/staff/produk")
        officer.follow("/staff/produk-baru")
        officer.field("name").fill("Rak Sepatu Sabut")
        officer.field("category").select_option("sabut_kelapa")
        assert officer.submit(officer.path) == 200
        officer.follow(f"{page}/ubah")
        officer.field("unit").fill("buah")
        officer.field("description_id").fill("Rak sepatu dari sabut kelapa.")
        assert officer.submit(f"{page}/ubah") == 200
        officer.follow(f"{page}/varian-baru")
        for name, value in (("price", "gratis"), ("weight_g", "900"), ("cost_material", "40.000")):
            officer.field(name).fill(value)
        assert officer.submit(f"{page}/varian-baru") == 422
        assert officer.error_beside("price")
        for name, value in (("price", "95.000"), ("cost_work", "20.000"), ("cost_packaging", "5.000")):
            officer.field(name).fill(value)
        assert officer.submit(f"{page}/varian-baru") == 200
        assert officer.submit(f"{page}/ajukan") == 200
    with person(width=PHONE) as office:
        officers.sign_in(office, officers.DIRECTORATE)
        office.follow("/staff/produk?show=proposed")
        office.follow(page)
        office.trust_the_server()
        assert office.submit(f"{page}/kembalikan") == 422
        assert office.error_beside("refusal")
        assert office.submit(f"{page}/terbitkan") == 200
        office.open(f"/produk/{SLUG}")
        assert "Rp95.000" in office.text

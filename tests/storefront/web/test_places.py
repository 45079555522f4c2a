"""Pages of UPTs, Kanwil and provinces, and the map."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from accounts.models import OldUptSlug, Upt
from accounts.regions import is_region
from kernel.clock import now
from kernel.db import transaction
from kernel.i18n import speaking
from storefront.provinces import BY_SLUG, COLUMNS, PROVINCES
from storefront.web.regions import _bounds, _legend
from tests.factories.inventory import make_category, make_ready_good, make_upt
from tests.journeys.wording import told
from tests.storefront.web.conftest import Shop
from tests.storefront.web.test_head import things


def change_upt(app: Flask, slug: str, **values: object) -> None:
    """Write values of a UPT."""
    with app.app_context(), transaction() as session:
        session.execute(update(Upt).where(Upt.slug == slug).values(**values))


class TestUpt:
    def test_shows_the_upt_and_its_goods_in_three_statements(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get(f"/upt/{shop.there}")
        assert len(queries) == 3
        for text in (
            "Lapas Kelas IIB Ciamis",
            "Kabupaten Ciamis",
            "Kanwil Ditjenpas Jawa Barat",
            "Kursi Ukir",
            told("No pick-up here"),
        ):
            assert text in page.text
        assert "Cuci Mobil" not in page.text
        queries.clear()
        assert client.get(f"/upt/{shop.there}").text == page.text
        assert queries == []

    @pytest.mark.parametrize(
        ("province_code", "regency_code", "zone"),
        [("32", "32.73", "WIB"), ("51", "51.71", "WITA"), ("91", "91.71", "WIT")],
    )
    def test_tells_the_hours_in_the_zone_of_the_place(
        self, app: Flask, client: FlaskClient, province_code: str, regency_code: str, zone: str
    ) -> None:
        with app.app_context(), transaction() as session:
            make_upt(
                session,
                slug=f"di-{zone.lower()}",
                regency_code=regency_code,
                pickup_hours="Mo-Th 08:30-15:00; Fr 08:30-11:00",
                is_open_for_pickup=True,
            )
        page = client.get(f"/upt/di-{zone.lower()}").text
        assert f"<dt>Senin–Kamis</dt><dd>08:30–15:00 {zone}</dd>" in page
        assert (
            f"<dt>Monday–Thursday</dt><dd>08:30–15:00 {zone}</dd>"
            in client.get(f"/en/upt/di-{zone.lower()}").text
        )
        assert things(page)["GovernmentOffice"]["openingHours"] == ["Mo-Th 08:30-15:00", "Fr 08:30-11:00"]

    def test_what_is_a_sample_is_marked_and_not_told_to_machines(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        change_upt(
            app,
            shop.here,
            address="Jalan Contoh No. 1",
            whatsapp="6280000000001",
            pickup_hours="Mo 08:00-09:00",
            is_open_for_pickup=True,
            is_sample=True,
        )
        page = client.get(f"/upt/{shop.here}").text
        assert told("Sample data") in page
        assert 'href="https://wa.me/6280000000001?text=Halo%20Lapas' in page
        thing = things(page)["GovernmentOffice"]
        assert "openingHours" not in thing
        assert "streetAddress" not in thing["address"]

    def test_stored_text_is_shown_escaped_and_marked_as_indonesian(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        change_upt(app, shop.here, about_id="<b>Bengkel</b>\n\nKedua", address="<script>alert(1)</script>")
        page = client.get(f"/en/upt/{shop.here}").text
        assert "<script>alert" not in page
        assert re.search(r'<p lang="id">&lt;b&gt;Bengkel&lt;/b&gt;</p><p lang="id">Kedua ', page)

    def test_pages_and_categories(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            upt, food = make_upt(session, slug="ramai"), make_category(session, "roti_kue")
            for _ in range(25):
                make_ready_good(session, upt=upt, category=food)
            make_ready_good(session, upt=upt)
        first = client.get("/upt/ramai").text
        assert first.count('class="card"') == 24
        assert 'href="/upt/ramai?hal=2"' in first
        assert client.get("/upt/ramai?hal=2").text.count('class="card"') == 2
        bread = client.get("/upt/ramai?kategori=roti_kue&hal=2").text
        assert bread.count('class="card"') == 1
        assert 'href="/upt/ramai?kategori=roti_kue"' in bread
        assert '<meta name="robots" content="noindex, follow">' in bread

    @pytest.mark.parametrize(
        "address",
        [
            "/upt/tidak-ada",
            *(f"/upt/{{here}}?hal={page}" for page in ("0", "-1", "2", "x", "9" * 400, "1.0", "١", "99999")),
            "/upt/{here}?kategori=tidak-ada",
            "/upt/{here}?kategori=%27%3B--",
            "/kanwil/tidak-ada",
            "/provinsi/tidak-ada",
            "/provinsi/" + "a" * 10_000,
        ],
    )
    def test_an_address_that_leads_nowhere_is_not_found(
        self, client: FlaskClient, shop: Shop, address: str
    ) -> None:
        assert client.get(address.format(here=shop.here)).status_code == 404

    def test_an_old_address_moves_for_good_in_the_same_language(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        with app.app_context(), transaction() as session:
            upt = session.query(Upt).filter_by(slug=shop.here).one()
            session.add(OldUptSlug(slug="lapas-dulu", upt_id=upt.id, at=now()))
        for prefix in ("", "/en"):
            answer = client.get(f"{prefix}/upt/lapas-dulu")
            assert (answer.status_code, answer.location) == (301, f"{prefix}/upt/{shop.here}")


class TestRegions:
    def test_a_kanwil_shows_its_upts_in_two_statements(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get(f"/kanwil/{shop.kanwil}").text
        assert len(queries) == 2
        for text in (f"/upt/{shop.here}", f"/upt/{shop.there}", "/provinsi/jawa-barat", "Roti Manis"):
            assert text in page
        assert f'href="/produk?kanwil={shop.kanwil}"' in page

    def test_all_kanwil_in_one_statement(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        page = client.get("/kanwil").text
        assert len(queries) == 1
        assert f'href="/kanwil/{shop.kanwil}"' in page

    def test_a_province_shows_its_upts_in_two_statements(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get("/en/provinsi/jawa-barat").text
        assert len(queries) == 2
        assert f'href="/en/upt/{shop.here}"' in page
        assert f'href="/en/kanwil/{shop.kanwil}"' in page
        empty = client.get("/provinsi/aceh")
        assert empty.status_code == 200
        assert '<meta name="robots" content="noindex, follow">' in empty.text


class TestMap:
    def test_has_each_province_once_as_a_tile_and_in_the_list_in_one_statement(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get("/peta").text
        assert len(queries) == 1
        svg, _, listed = page.partition("<table")
        for slug in BY_SLUG:
            assert svg.count(f'href="/provinsi/{slug}"') == 1
            assert listed.count(f'href="/provinsi/{slug}"') == 1
        assert 'aria-label="Jawa Barat: 3 produk, 2 UPT"' in svg
        assert "style=" not in page

    def test_is_there_for_an_empty_shop(self, client: FlaskClient) -> None:
        assert client.get("/peta?empty").text.count("level-0") == len(PROVINCES) + 1
        assert client.get("/kanwil").status_code == 200

    def test_knows_every_province_and_none_lies_on_another(self) -> None:
        assert len(PROVINCES) == 38
        assert all(is_region(province.code) for province in PROVINCES)
        places = {(province.half, province.column, province.row) for province in PROVINCES}
        assert len(places) == 38
        assert all(0 <= province.column < COLUMNS for province in PROVINCES)
        for names in ({p.slug for p in PROVINCES}, {p.short for p in PROVINCES}):
            assert len(names) == 38

    @pytest.mark.parametrize(
        ("counts", "bounds", "legend"),
        [
            ([], [], ["0 products"]),
            ([0, 3, 3], [1, 3], ["0 products", "1–2", "3 or more"]),
            ([1, 2, 3, 9], [1, 2, 3, 9], ["0 products", "1", "2", "3–8", "9 or more"]),
        ],
    )
    def test_levels_share_the_provinces_out(
        self, app: Flask, counts: list[int], bounds: list[int], legend: list[str]
    ) -> None:
        assert _bounds(counts) == bounds
        with app.test_request_context("/peta"), speaking("en"):
            assert [text for _, text in _legend(bounds)] == legend

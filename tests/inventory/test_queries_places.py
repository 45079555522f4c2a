"""What the pages of UPTs, Kanwil and provinces read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.demo_offices import demo_office
from accounts.models import OldUptSlug, Upt
from accounts.opening_hours import read_opening_hours
from accounts.services.demo import fill_upt_offices
from inventory.models import Permit, PermitProduct, Product
from inventory.queries.regions import (
    kanwil_list,
    products_of_kanwil,
    products_of_province,
    province_counts,
    upts_of_kanwil,
    upts_of_province,
)
from inventory.queries.upts import categories_of_upt, present_upt_slug, products_of_upt, upt_by_slug
from tests.factories.inventory import (
    list_products,
    make_category,
    make_kanwil,
    make_product,
    make_ready_good,
    make_upt,
)

TODAY = date(2026, 11, 21)


class TestUpt:
    def test_tells_what_it_is_and_what_lies_on_its_shelf(self, session: Session) -> None:
        upt = make_upt(session, "Lapas Kelas IIB Ciamis", city="Kabupaten Ciamis")
        make_ready_good(session, upt=upt, pieces=5)
        make_ready_good(session, upt=upt, pieces=0)
        make_ready_good(session, upt=upt, pieces=9, is_withdrawn=True)
        make_ready_good(session, pieces=7)
        row = upt_by_slug(session, upt.slug, locale="id", today=TODAY)
        assert row is not None
        assert (row.name, row.city, row.kanwil_name) == (upt.name, "Kabupaten Ciamis", upt.kanwil.name)
        assert (row.products, row.ready, row.pieces) == (2, 1, 5)
        assert upt_by_slug(session, "tidak-ada", locale="id", today=TODAY) is None

    @pytest.mark.parametrize(
        ("english", "locale", "shown", "language"),
        [("In English", "en", "In English", "en"), ("In English", "id", "Indonesia", "id")]
        + [(empty, "en", "Indonesia", "id") for empty in (None, "", "  ")],
    )
    def test_falls_back_to_the_indonesian_text_and_says_so(
        self, session: Session, english: str | None, locale: str, shown: str, language: str
    ) -> None:
        upt = make_upt(session, about_id="Indonesia", about_en=english)
        row = upt_by_slug(session, upt.slug, locale=locale, today=TODAY)
        assert row is not None
        assert (row.about.text, row.about.language) == (shown, language)

    def test_tells_of_permits_that_hold_and_which_are_verified(self, session: Session) -> None:
        upt = make_upt(session)
        verified = {"verified_at": datetime(2026, 1, 1, tzinfo=UTC), "verified_by": "Ditjenpas"}
        for kind, number, values in (
            ("SNI", "1", verified),
            ("HALAL", "2", {"expires_on": TODAY}),
            ("HALAL", "3", {"expires_on": TODAY - timedelta(days=1)}),
        ):
            session.add(Permit(kind=kind, number=number, upt_id=upt.id, **values))
        session.add(Permit(kind="SNI", number="4", upt_id=make_upt(session).id))
        row = upt_by_slug(session, upt.slug, locale="id", today=TODAY)
        assert row is not None
        assert [(permit.number, permit.is_verified) for permit in row.permits] == [("2", False), ("1", True)]

    def test_lists_what_it_makes_by_category_and_page(self, session: Session) -> None:
        upt, food = make_upt(session), make_category(session, "roti_kue")
        breads = [make_ready_good(session, upt=upt, category=food)[0] for _ in range(3)]
        other = make_ready_good(session, upt=upt)[0]
        counts = categories_of_upt(session, upt.id, locale="id")
        assert [category.count for category in counts] == [3, 1]
        assert counts[0].slug == "roti_kue"

        def ids(category: str | None, page: int) -> list[int]:
            items = products_of_upt(session, upt.id, category=category, page=page, size=2)
            return [item.product_id for item in items]

        assert ids(None, 1) == [other.id, breads[2].id]
        assert ids("roti_kue", 1) == [breads[2].id, breads[1].id]
        assert ids("roti_kue", 2) == [breads[0].id]
        assert ids("tidak-ada", 1) == []

    def test_an_old_address_leads_to_the_present_one(self, session: Session, at: datetime) -> None:
        upt = make_upt(session)
        session.add(OldUptSlug(slug="dulu", upt_id=upt.id, at=at))
        session.flush()
        assert present_upt_slug(session, "dulu") == upt.slug
        assert present_upt_slug(session, upt.slug) is None


class TestRegions:
    def test_count_products_once_however_many_upts_make_them(self, session: Session) -> None:
        west = make_kanwil(session, "Kanwil Ditjenpas Barat")
        one, two = make_upt(session, kanwil=west), make_upt(session, kanwil=west)
        far = make_upt(session, regency_code="91.71", province="Papua", city="Kota Jayapura")
        shared = make_product(session, makers=(one, two))
        list_products(session, shared)
        ready = make_ready_good(session, upt=one)[0]
        make_ready_good(session, upt=far)
        rows = {row.slug: row for row in kanwil_list(session)}
        assert (rows[west.slug].upts, rows[west.slug].products) == (2, 2)
        assert list(rows[west.slug].provinces) == ["Jawa Barat"]
        counts = province_counts(session)
        assert (counts["32"].upts, counts["32"].products) == (2, 2)
        assert (counts["91"].upts, counts["91"].products) == (1, 1)
        assert [(upt.slug, upt.products, upt.ready) for upt in upts_of_kanwil(session, west.slug)] == [
            (one.slug, 2, 1),
            (two.slug, 1, 0),
        ]
        assert [upt.slug for upt in upts_of_province(session, "91")] == [far.slug]
        newest = products_of_kanwil(session, west.slug, most=5)
        assert [item.product_id for item in newest] == [ready.id, shared.id]
        assert [item.product_id for item in products_of_province(session, "32", most=1)] == [ready.id]
        assert upts_of_kanwil(session, "tidak-ada") == []


class TestOffices:
    @pytest.mark.parametrize(
        "whatsapp",
        ["081234567890", "+6281234567890", "62081234567", "6281", "62 812 3456 789", "62812345abc89"],
    )
    def test_no_other_number_is_kept(self, session: Session, whatsapp: str) -> None:
        with pytest.raises(IntegrityError, match="ck_upts_whatsapp"):
            make_upt(session, whatsapp=whatsapp)

    def test_hours_are_read_as_they_are_kept(self, session: Session) -> None:
        written = "Mo-Th 08:30-15:00; Sa 09:00-12:00"
        assert make_upt(session, pickup_hours=written).id
        first, second = read_opening_hours(written)
        assert (first.first, first.last, f"{first.opens:%H:%M}") == (0, 3, "08:30")
        assert (second.first, second.last) == (5, 5)

    @pytest.mark.parametrize(
        "written", ["", "Monday 8-15", "Mo 8:00-15:00", "Mo 08:00-25:00", "Mo 08:00-15:00;"]
    )
    def test_other_texts_are_not_kept(self, session: Session, written: str) -> None:
        with pytest.raises(IntegrityError, match="ck_upts_pickup_hours"):
            make_upt(session, pickup_hours=written)

    @pytest.mark.parametrize(
        "written", ["Fr-Mo 08:00-15:00", "Mo 15:00-08:00", "Mo-We 08:00-15:00; Tu 09:00-10:00", "x"]
    )
    def test_hours_that_make_no_sense_are_refused(self, written: str) -> None:
        with pytest.raises(ValueError, match=re.escape(written)):
            read_opening_hours(written)

    def test_the_demo_fills_each_silent_upt_the_same_way_and_marks_it(self, session: Session) -> None:
        silent, told = make_upt(session), make_upt(session, about_id="Sudah ada")
        assert fill_upt_offices(session) == 1
        assert fill_upt_offices(session) == 0
        session.expire_all()
        expected = demo_office(silent.code, silent.name, silent.city)
        assert (silent.address, silent.whatsapp) == (expected.address, expected.whatsapp)
        assert silent.is_sample
        assert (told.address, told.is_sample) == (None, False)
        assert silent.pickup_hours is not None
        assert read_opening_hours(silent.pickup_hours)

    def test_a_permit_changes_the_page_of_what_it_covers(self, session: Session) -> None:
        product, _, upt = make_ready_good(session)
        other = make_ready_good(session)[0]
        permit = Permit(kind="SNI", number="1", upt_id=upt.id)
        session.add(permit)
        session.flush()
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        session.execute(text("ALTER TABLE products DISABLE TRIGGER products_changed"))
        session.execute(update(Product).values(changed_at=long_ago))
        session.execute(text("ALTER TABLE products ENABLE TRIGGER products_changed"))
        session.add(PermitProduct(permit_id=permit.id, product_id=product.id))
        session.flush()
        session.expire_all()
        assert product.changed_at > long_ago
        assert other.changed_at == long_ago

    def test_a_change_is_noted_and_nothing_else(self, session: Session) -> None:
        upt = make_upt(session)
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        session.execute(update(Upt).values(changed_at=long_ago))
        session.refresh(upt)
        first = upt.changed_at
        assert first > long_ago
        session.execute(update(Upt).values(name=upt.name))
        session.refresh(upt)
        assert upt.changed_at == first

"""New names and addresses: old links arrive in one step, whatever happened in between."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.errors import NameInvalid, UptNotFound
from accounts.models import AuditEntry, OldUptSlug
from accounts.rules import system_actor
from inventory.errors import ProductNotFound
from inventory.models import CatalogueEntry, OldProductSlug
from inventory.queries.found import present_product_slug
from inventory.queries.upts import present_upt_slug
from inventory.services.renaming import rename_product, rename_upt
from tests.factories.inventory import make_ready_good, make_upt

ACTOR = system_actor("test")


class TestProduct:
    def test_old_addresses_lead_to_the_present_one_in_one_step(self, session: Session, at: datetime) -> None:
        product = make_ready_good(session, "Roti Satu")[0]
        for name in ("Roti Dua", "Roti Tiga", "Roti Empat"):
            rename_product(session, product.slug, name, actor=ACTOR, at=at)
        assert product.slug == "roti-empat"
        for old in ("roti-satu", "roti-dua", "roti-tiga"):
            assert present_product_slug(session, old) == "roti-empat"
        entry = session.get_one(CatalogueEntry, product.id, populate_existing=True)
        assert (entry.slug, entry.name) == ("roti-empat", "Roti Empat")

    def test_going_back_makes_no_circle(self, session: Session, at: datetime) -> None:
        product = make_ready_good(session, "Roti Satu")[0]
        for name in ("Roti Dua", "Roti Satu", "Roti Dua", "Roti Satu"):
            rename_product(session, product.slug, name, actor=ACTOR, at=at)
        assert product.slug == "roti-satu"
        assert session.scalars(select(OldProductSlug.slug)).all() == ["roti-dua"]

    def test_an_address_another_has_or_had_stays_its_own(self, session: Session, at: datetime) -> None:
        first, variant, _ = make_ready_good(session, "Tas")
        second = make_ready_good(session, "Keranjang")[0]
        assert rename_product(session, second.slug, "Tas", actor=ACTOR, at=at).startswith("tas--")
        rename_product(session, first.slug, "Tas Purun", actor=ACTOR, at=at)
        assert rename_product(session, second.slug, "Tas", actor=ACTOR, at=at).startswith("tas--")
        assert present_product_slug(session, "tas") == "tas-purun"
        assert variant.product_id == first.id

    def test_another_spelling_keeps_the_address(self, session: Session, at: datetime) -> None:
        product = make_ready_good(session, "Roti  Manis")[0]
        assert rename_product(session, product.slug, "ROTI MANIS", actor=ACTOR, at=at) == "roti-manis"
        assert product.name == "ROTI MANIS"
        assert session.scalars(select(OldProductSlug)).all() == []

    def test_is_audited(self, session: Session, at: datetime) -> None:
        product = make_ready_good(session, "Roti")[0]
        rename_product(session, "roti", "Kue", actor=ACTOR, at=at)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "product.rename")).one()
        assert (entry.object_key, entry.actor_label) == ("kue", ACTOR.label)
        assert entry.before == {"name": "Roti", "slug": "roti"}
        assert entry.after == {"name": product.name, "slug": "kue"}

    @pytest.mark.parametrize("name", ["", "   ", "!!!", "a" * 201, "x" * 10_000])
    def test_refuses_what_is_no_name(self, session: Session, at: datetime, name: str) -> None:
        product = make_ready_good(session, "Roti")[0]
        with pytest.raises(NameInvalid):
            rename_product(session, "roti", name, actor=ACTOR, at=at)
        assert (product.name, product.slug) == ("Roti", "roti")
        with pytest.raises(ProductNotFound):
            rename_product(session, "tidak-ada", "Roti", actor=ACTOR, at=at)


class TestUpt:
    def test_old_addresses_lead_to_the_present_one_and_its_goods_know_the_name(
        self, session: Session, at: datetime
    ) -> None:
        upt = make_upt(session, "Rutan Lama")
        product = make_ready_good(session, upt=upt)[0]
        rename_upt(session, upt.code, "Rutan Baru", actor=ACTOR, at=at)
        rename_upt(session, upt.code, "Lapas Baru", actor=ACTOR, at=at)
        for old in ("rutan-lama", "rutan-baru"):
            assert present_upt_slug(session, old) == "lapas-baru"
        entry = session.get_one(CatalogueEntry, product.id, populate_existing=True)
        assert entry.maker_name == "Lapas Baru"
        rename_upt(session, upt.code, "Rutan Lama", actor=ACTOR, at=at)
        assert set(session.scalars(select(OldUptSlug.slug))) == {"rutan-baru", "lapas-baru"}
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.upt_id == upt.id)).all()
        assert actions == ["upt.rename"] * 3

    def test_an_address_another_has_or_had_stays_its_own(self, session: Session, at: datetime) -> None:
        first, second = make_upt(session, "Lapas A"), make_upt(session, "Lapas B")
        rename_upt(session, first.code, "Lapas C", actor=ACTOR, at=at)
        for taken in ("Lapas A", "Lapas C"):
            present = rename_upt(session, second.code, taken, actor=ACTOR, at=at)
            assert present.endswith(f"--{second.code.lower()}")
        with pytest.raises(UptNotFound):
            rename_upt(session, "NONE", "Lapas", actor=ACTOR, at=at)

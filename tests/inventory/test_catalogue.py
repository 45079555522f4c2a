"""Catalogue entries follow products, variants and makers, and their words are folded as queries are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt
from accounts.regions import fold
from inventory.models import CatalogueEntry, Maker, Product
from inventory.services.catalogue import refresh_catalogue, refresh_whole_catalogue
from inventory.services.importing import import_catalogue
from tests.factories.inventory import make_kanwil, make_maker, make_product, make_upt, make_variant
from tests.inventory.catalogue_files import no_progress

DEMO = Path(__file__).resolve().parents[2] / "data"


def entry_of(session: Session, product: Product) -> CatalogueEntry | None:
    session.expire_all()
    return session.get(CatalogueEntry, product.id)


def refreshed(session: Session, product: Product) -> CatalogueEntry:
    refresh_catalogue(session, [product.id])
    entry = entry_of(session, product)
    assert entry is not None
    return entry


def finds(session: Session, product: Product, query: str) -> bool:
    found = text(
        "SELECT document @@ to_tsquery('simple', :query) FROM catalogue_entries WHERE product_id = :id"
    )
    return bool(session.scalar(found, {"query": query, "id": product.id}))


class TestRefreshCatalogue:
    def test_tells_the_lowest_price_that_can_be_paid(self, session: Session) -> None:
        product = make_product(session)
        make_variant(session, product, name="besar", price=40_000)
        make_variant(session, product, name="kecil", price=30_000, is_sample=True)
        make_variant(session, product, name="tanpa berat", price=1_000, weight_g=None)
        entry = refreshed(session, product)
        assert (entry.price_from, entry.is_sample) == (30_000, True)

    def test_what_is_asked_for_has_no_price(self, session: Session) -> None:
        service = make_product(session, kind="service")
        make_variant(session, service)
        assert refreshed(session, service).price_from is None
        assert refreshed(session, make_product(session)).price_from is None

    def test_counts_makers_and_names_the_first(self, session: Session) -> None:
        ciamis = make_upt(session, "Lapas Ciamis", city="Kabupaten Ciamis", regency_code="32.07")
        garut = make_upt(session, "Lapas Garut", city="Kabupaten Garut", regency_code="32.05")
        entry = refreshed(session, make_product(session, makers=(garut, ciamis)))
        assert (entry.maker_count, entry.maker_name, entry.maker_city) == (
            2,
            "Lapas Ciamis",
            "Kabupaten Ciamis",
        )

    def test_weighs_name_over_description_over_place(self, session: Session) -> None:
        kanwil = make_kanwil(session, "Kanwil Ditjenpas Pulau Jauh")
        upt = make_upt(session, "Lapas Kelas I Sukamiskin", kanwil=kanwil)
        description = "Dianyam dari rotan pilihan."
        product = make_product(session, "Kémeja Biru", makers=(upt,), description_id=description)
        refreshed(session, product)
        assert finds(session, product, "kemeja:A")
        assert finds(session, product, "anyam:B")
        assert finds(session, product, "sukamiskin:C & bandung:C")
        assert finds(session, product, "jauh:D")
        assert not finds(session, product, "meja")

    def test_follows_a_change_and_leaves_the_others(self, session: Session) -> None:
        product, other = make_product(session), make_product(session)
        refresh_catalogue(session, [product.id, other.id])
        product.name, other.name = "Nama Baru", "Nama Lain"
        assert refreshed(session, product).name == "Nama Baru"
        left = entry_of(session, other)
        assert left is not None
        assert left.name != "Nama Lain"
        refresh_whole_catalogue(session)
        session.expire_all()
        assert session.scalars(select(CatalogueEntry.name).order_by(CatalogueEntry.name)).all() == [
            "Nama Baru",
            "Nama Lain",
        ]

    def test_what_is_withdrawn_or_made_by_nobody_goes(self, session: Session) -> None:
        withdrawn, orphan, kept = (make_product(session) for _ in range(3))
        refresh_whole_catalogue(session)
        withdrawn.is_withdrawn = True
        session.execute(delete(Maker).where(Maker.product_id == orphan.id))
        refresh_catalogue(session, [withdrawn.id, orphan.id])
        session.expire_all()
        assert session.scalars(select(CatalogueEntry.product_id)).all() == [kept.id]
        withdrawn.is_withdrawn = False
        make_maker(session, orphan, make_upt(session))
        refresh_whole_catalogue(session)
        assert len(session.scalars(select(CatalogueEntry.product_id)).all()) == 3

    def test_a_row_that_stays_the_same_is_not_written(self, session: Session) -> None:
        product = make_product(session)
        version = text("SELECT xmin::text || ctid::text FROM catalogue_entries")
        refresh_catalogue(session, [product.id])
        before = session.scalar(version)
        refresh_whole_catalogue(session)
        assert session.scalar(version) == before

    def test_words_are_folded_as_a_query_is(self, session: Session) -> None:
        import_catalogue(session, DEMO / "upts.csv", DEMO / "products.csv", progress=no_progress)
        rows = session.execute(
            select(CatalogueEntry, Upt.name, Upt.city, Kanwil.name, Upt.province)
            .join(Maker, Maker.product_id == CatalogueEntry.product_id)
            .join(Upt, Upt.id == Maker.upt_id)
            .join(Kanwil, Kanwil.id == Upt.kanwil_id)
        ).all()
        assert len(rows) == 266
        for entry, upt, city, kanwil, province in rows:
            whole = f"{entry.name} {upt} {city} {kanwil} {province}"
            assert entry.words == fold(whole)

"""Importing the catalogue: what comes in, that a second time changes nothing, and every refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from accounts.importing import ImportRefused, Tally
from accounts.models import Kanwil, Upt
from inventory.models import CatalogueEntry, Maker, Product, Variant
from inventory.services.importing import Imported, import_catalogue
from tests.inventory.catalogue_files import PRODUCTS, UPTS, fingerprint, import_texts, no_progress

DEMO = Path(__file__).resolve().parents[2] / "data"


def product_of(session: Session, slug: str) -> Product:
    return session.scalars(select(Product).where(Product.slug == slug)).one()


def variant_of(session: Session, sku: str) -> Variant:
    return session.scalars(select(Variant).where(Variant.sku == sku)).one()


class TestImportCatalogue:
    def test_creates_everything_the_files_state(self, session: Session, tmp_path: Path) -> None:
        imported = import_texts(session, tmp_path)
        assert imported == Imported(
            kanwils=Tally(created=1),
            upts=Tally(created=2),
            categories=Tally(created=21),
            products=Tally(created=3),
            variants=Tally(created=3),
            makers=Tally(created=3),
        )
        garut = session.scalars(select(Upt).where(Upt.code == "LPS-GARUT")).one()
        assert (garut.slug, garut.regency_code, garut.city) == (
            "lapas-kelas-iia-garut",
            "32.05",
            "Kabupaten Garut",
        )
        assert session.scalars(select(Kanwil.slug)).all() == ["jawa-barat"]
        bread = product_of(session, "roti-manis")
        assert (bread.description_id, bread.certificates) == ("Roti, manis.", ["Halal", "BPOM"])
        assert product_of(session, "coir-shade").export_markets == ["Prancis", "Jerman"]
        pot = variant_of(session, "LPS-GARUT.POT-SABUT")
        assert (pot.price, pot.weight_g, pot.is_sample) == (25_000, 400, False)
        assert variant_of(session, "LPP-BANDUNG.ROTI-MANIS").price is None
        assert session.scalars(select(Maker.upt_id).where(Maker.product_id == pot.product_id)).all() == [
            garut.id
        ]

    def test_a_second_time_changes_nothing_and_says_so(self, session: Session, tmp_path: Path) -> None:
        import_texts(session, tmp_path)
        before = fingerprint(session)
        again = import_texts(session, tmp_path)
        assert not again.changed_anything
        assert again.products == Tally(unchanged=3)
        assert fingerprint(session) == before

    def test_the_demo_data_comes_in_whole(self, session: Session) -> None:
        files = DEMO / "upts.csv", DEMO / "products.csv"
        imported = import_catalogue(session, *files, progress=no_progress)
        assert (imported.kanwils.created, imported.upts.created) == (31, 148)
        assert (imported.products.created, imported.makers.created) == (266, 266)
        assert not import_catalogue(session, *files, progress=no_progress).changed_anything

    def test_updates_what_the_file_states_otherwise(self, session: Session, tmp_path: Path) -> None:
        import_texts(session, tmp_path)
        slug_before = session.scalar(select(Upt.slug).where(Upt.code == "LPS-GARUT"))
        upts = UPTS.replace("Lapas Kelas IIA Garut,lapas,IIA", "Lapas Kelas I Garut,lapas,I")
        products = PRODUCTS.replace("Lapas Kelas IIA Garut", "Lapas Kelas I Garut")
        products = products.replace("25000,400", "27500,400").replace("Sweet bread", "Very sweet bread")
        imported = import_texts(session, tmp_path, upts, products)
        assert imported.upts == Tally(updated=1, unchanged=1)
        assert imported.products == Tally(updated=1, unchanged=2)
        assert imported.variants == Tally(updated=1, unchanged=2)
        assert imported.makers == Tally(unchanged=3)
        assert session.scalar(select(Upt.slug).where(Upt.code == "LPS-GARUT")) == slug_before
        pot = session.scalars(select(CatalogueEntry).where(CatalogueEntry.slug == "pot-sabut")).one()
        assert (pot.maker_name, pot.price_from) == ("Lapas Kelas I Garut", 27_500)

    def test_an_empty_price_leaves_the_one_the_shop_has(self, session: Session, tmp_path: Path) -> None:
        import_texts(session, tmp_path)
        imported = import_texts(session, tmp_path, products=PRODUCTS.replace("25000,400", ","))
        assert imported.variants == Tally(unchanged=3)
        assert variant_of(session, "LPS-GARUT.POT-SABUT").price == 25_000

    def test_one_name_of_two_upts_is_two_products(self, session: Session, tmp_path: Path) -> None:
        same_name = PRODUCTS.replace("Roti Manis,roti_kue", "Pot Sabut,roti_kue")
        import_texts(session, tmp_path, products=same_name)
        slugs = set(session.scalars(select(Product.slug)))
        assert slugs == {"pot-sabut--lps-garut", "pot-sabut--lpp-bandung", "coir-shade"}
        assert not import_texts(session, tmp_path, products=same_name).changed_anything

    def test_a_name_taken_before_leaves_the_old_address_alone(self, session: Session, tmp_path: Path) -> None:
        import_texts(session, tmp_path)
        import_texts(session, tmp_path, products=PRODUCTS.replace("Roti Manis", "Pot  sabut!"))
        slugs = set(session.scalars(select(Product.slug)))
        assert slugs == {"pot-sabut", "pot-sabut--lpp-bandung", "roti-manis", "coir-shade"}

    def test_two_upts_of_one_name_get_two_addresses(self, session: Session, tmp_path: Path) -> None:
        upts = UPTS + UPTS.splitlines()[1].replace("LPS-GARUT", "LPS-GARUT-2") + "\n"
        only_bandung = PRODUCTS.splitlines()[0] + "\n" + PRODUCTS.splitlines()[2] + "\n"
        import_texts(session, tmp_path, upts, only_bandung)
        assert set(session.scalars(select(Upt.slug).where(Upt.code.like("LPS-%")))) == {
            "lapas-kelas-iia-garut--lps-garut",
            "lapas-kelas-iia-garut--lps-garut-2",
        }

    def test_products_may_name_a_upt_the_shop_knows(self, session: Session, tmp_path: Path) -> None:
        import_texts(session, tmp_path)
        imported = import_texts(session, tmp_path, upts=UPTS.splitlines()[0] + "\n")
        assert imported.upts == Tally()
        assert imported.products == Tally(unchanged=3)

    @pytest.mark.parametrize("spelling", ["lapas kelas iia garut", "Lapas  Kelas II-A Garut"])
    def test_forgives_case_and_spaces_in_a_upt_name(
        self, session: Session, tmp_path: Path, spelling: str
    ) -> None:
        products = PRODUCTS.replace("Lapas Kelas IIA Garut", spelling)
        assert import_texts(session, tmp_path, products=products).makers.created == 3

    def test_columns_may_come_in_any_order_after_a_byte_order_mark(
        self, session: Session, tmp_path: Path
    ) -> None:
        lines = [",".join(reversed(line.split(","))) for line in UPTS.splitlines()]
        upts = b"\xef\xbb\xbf" + "\r\n".join([*lines, "", ""]).encode()
        assert import_texts(session, tmp_path, upts).upts.created == 2

    def test_what_is_withdrawn_stays_withdrawn(self, session: Session, tmp_path: Path) -> None:
        import_texts(session, tmp_path)
        product_of(session, "roti-manis").is_withdrawn = True
        import_texts(session, tmp_path, products=PRODUCTS.replace("Sweet bread", "Bread"))
        assert product_of(session, "roti-manis").is_withdrawn
        assert session.scalars(select(CatalogueEntry.slug).order_by(CatalogueEntry.slug)).all() == [
            "coir-shade",
            "pot-sabut",
        ]


LATIN = UPTS.encode().replace(b"Kabupaten Garut", b"Kabupaten Gar\xfct")
SECOND_UPT = UPTS.splitlines()[2]
FIRST_PRODUCT = PRODUCTS.splitlines()[1]

BAD_UPTS: list[tuple[str, str | bytes, list[str]]] = [
    ("empty file", "", ["upts.csv:1: the file is empty; a line of column names comes first"]),
    ("missing column", UPTS.replace("kanwil,", "", 1), ["upts.csv:1: kanwil: the column is missing"]),
    (
        "extra and misspelt column",
        UPTS.replace("class", "klass", 1).replace("source_url", "source_url,email", 1),
        [
            "upts.csv:1: class: the column is missing",
            "upts.csv:1: klass: the column is not one of the file's",
            "upts.csv:1: email: the column is not one of the file's",
        ],
    ),
    (
        "column twice",
        UPTS.replace("source_url", "source_url,name", 1),
        ["upts.csv:1: name: the column comes twice"],
    ),
    ("not UTF-8", LATIN, ["upts.csv:2: city: not UTF-8: save the file in that encoding"]),
    (
        "control character",
        UPTS.replace("IIA,K", "\x00,K", 1),
        ["upts.csv:2: class: holds a control character"],
    ),
    ("duplicate code", f"{UPTS}{SECOND_UPT}\n", ['upts.csv:4: code: "LPP-BANDUNG" is already on line 3']),
    (
        "malformed code",
        UPTS.replace("LPS-GARUT", "lps garut"),
        ['upts.csv:2: code: "lps garut" is not a code of capitals, digits and single hyphens'],
    ),
    ("empty required", UPTS.replace("LPS-GARUT", ""), ["upts.csv:2: code: empty, but required"]),
    (
        "unknown type",
        UPTS.replace("lapas,IIA", "penjara,IIA"),
        ['upts.csv:2: type: "penjara" is none of: lapas, lapas_perempuan, lapas_narkotika,'],
    ),
    (
        "unknown class",
        UPTS.replace("lapas,IIA", "lapas,IV"),
        ['upts.csv:2: class: "IV" is not a class like I, IIA or III'],
    ),
    (
        "unknown province",
        UPTS.replace("Jawa Barat,Kota Bandung", "Jawa,Kota Bandung"),
        ['upts.csv:3: province: "Jawa" is not a province of Indonesia'],
    ),
    (
        "city of another province",
        UPTS.replace("Kabupaten Garut", "Kota Surabaya"),
        ['upts.csv:2: city: "Kota Surabaya" is not a kabupaten or kota of Jawa Barat'],
    ),
    (
        "ambiguous city",
        UPTS.replace("Kota Bandung", "Bandung"),
        ['upts.csv:3: city: "Bandung" may be Kabupaten Bandung or Kota Bandung'],
    ),
    (
        "Kanwil spelled in two ways",
        UPTS.replace("Kanwil Ditjenpas Jawa Barat", "KANWIL Ditjenpas Jawa Barat", 1),
        ['upts.csv:3: kanwil: also spelled "KANWIL Ditjenpas Jawa Barat" in this file'],
    ),
    (
        "script for a link",
        UPTS.replace("https://a.example", "javascript:alert(1)"),
        ["upts.csv:2: source_url: not a web address that begins with http:// or https://"],
    ),
    (
        "wrong number of fields",
        UPTS.replace("LPS-GARUT,", "LPS-GARUT,,"),
        ["upts.csv:2: 9 fields instead of 8"],
    ),
    (
        "a name of signs only",
        UPTS.replace("Kelas IIA Garut", "").replace("Lapas ,", "***,"),
        ['upts.csv:2: name: "***" has no letter or digit'],
    ),
    (
        "a very long name",
        UPTS.replace("Kelas IIA Garut", "x" * 300),
        ["upts.csv:2: name: 306 characters long; 200 is the most"],
    ),
]

BAD_PRODUCTS: list[tuple[str, str | bytes, list[str]]] = [
    (
        "unknown UPT",
        PRODUCTS.replace("LPP Kelas IIA Bandung", "Lapas Atlantis"),
        ['products.csv:3: upt_name: no UPT is called "Lapas Atlantis"'],
    ),
    (
        "unknown category and kind",
        PRODUCTS.replace("roti_kue,good", "roti,gift"),
        ["products.csv:3: category: ", 'kind: "gift" is none of: good, service, export_commodity'],
    ),
    *(
        (
            f"price {price}",
            PRODUCTS.replace("25000,400", f"{price},400"),
            [f'products.csv:2: price_idr: "{price}" is not a whole number: digits only, no dots or signs'],
        )
        for price in ("25.000", "-5", "Rp25000", "1e3", "٢٥", "9" * 30)
    ),
    *(
        (
            f"price {price}",
            PRODUCTS.replace("25000,400", f"{price},400"),
            [f"products.csv:2: price_idr: {price} is not from 1 to 1000000000000"],
        )
        for price in ("0", "1000000000001")
    ),
    (
        "no weight at all",
        PRODUCTS.replace("25000,400", "25000,0"),
        ["products.csv:2: weight_g: 0 is not from 1 to 10000000"],
    ),
    (
        "duplicate product",
        f"{PRODUCTS}{FIRST_PRODUCT.replace('Pot Sabut', 'POT sabut')}\n",
        ['products.csv:5: product_name: "POT sabut" of this UPT is already on line 2'],
    ),
    (
        "empty required",
        PRODUCTS.replace(",buah,", ",,").replace("Peneduh.", " "),
        [
            "products.csv:2: unit: empty, but required",
            "products.csv:4: description_id: empty, but required",
        ],
    ),
    (
        "an open quotation mark",
        PRODUCTS.replace("Peneduh.", '"Peneduh.'),
        ["products.csv:4: not CSV: unexpected end of data"],
    ),
    (
        "letters after a quotation",
        PRODUCTS.replace('"Roti, manis."', '"Roti"x'),
        ["products.csv:3: not CSV: ',' expected after '\"'"],
    ),
    (
        "the line where a record begins",
        PRODUCTS.replace("Roti, manis.", "Roti,\nmanis.").replace("Prancis;Jerman,", "Prancis,ftp://x"),
        ["products.csv:5: source_url: not a web address"],
    ),
    ("not CSV at all", b"\x89PNG\r\n\x1a\n\x00\x00", ["the column is missing"] * 12 + ["is not one of"]),
]


class TestRefusals:
    @pytest.fixture
    def before(self, session: Session, tmp_path: Path) -> dict[str, tuple[int, str]]:
        """A shop that holds something already."""
        import_texts(session, tmp_path)
        session.execute(text("DELETE FROM makers WHERE product_id = (SELECT max(id) FROM products)"))
        return fingerprint(session)

    @pytest.mark.parametrize(
        ("content", "expected"), [pytest.param(*case[1:], id=case[0]) for case in BAD_UPTS]
    )
    def test_a_bad_upt_file_changes_nothing(
        self,
        session: Session,
        tmp_path: Path,
        before: dict[str, tuple[int, str]],
        content: str | bytes,
        expected: list[str],
    ) -> None:
        assert_refused(session, tmp_path, expected, upts=content)
        assert fingerprint(session) == before

    @pytest.mark.parametrize(
        ("content", "expected"), [pytest.param(*case[1:], id=case[0]) for case in BAD_PRODUCTS]
    )
    def test_a_bad_product_file_changes_nothing(
        self,
        session: Session,
        tmp_path: Path,
        before: dict[str, tuple[int, str]],
        content: str | bytes,
        expected: list[str],
    ) -> None:
        assert_refused(session, tmp_path, expected, products=content)
        assert fingerprint(session) == before

    def test_both_files_are_reported_at_once(self, session: Session, tmp_path: Path) -> None:
        upts = UPTS.replace("LPS-GARUT", "").replace("Kota Bandung", "Atlantis")
        products = PRODUCTS.replace("25000", "x").replace("Prancis;Jerman,", "Prancis;Jerman,y")
        expected = ["upts.csv:2", "upts.csv:3", "products.csv:2", "products.csv:4"]
        assert_refused(session, tmp_path, expected, upts=upts, products=products)

    def test_one_name_of_two_upts_is_ambiguous(self, session: Session, tmp_path: Path) -> None:
        upts = UPTS + UPTS.splitlines()[1].replace("LPS-GARUT", "LPS-GARUT-2") + "\n"
        codes = "LPS-GARUT, LPS-GARUT-2 go by that name"
        expected = [
            f'products.csv:{line}: upt_name: "Lapas Kelas IIA Garut" is ambiguous: {codes}' for line in (2, 4)
        ]
        assert_refused(session, tmp_path, expected, upts=upts)

    def test_a_name_of_a_upt_the_file_does_not_mention_is_ambiguous_too(
        self, session: Session, tmp_path: Path, before: dict[str, tuple[int, str]]
    ) -> None:
        upts = UPTS.replace("LPS-GARUT", "LPS-GARUT-2")
        assert_refused(session, tmp_path, ["products.csv:2: upt_name", "products.csv:4: upt_name"], upts=upts)
        assert fingerprint(session) == before


def assert_refused(
    session: Session,
    folder: Path,
    expected: list[str],
    upts: str | bytes = UPTS,
    products: str | bytes = PRODUCTS,
) -> None:
    """The import is refused for exactly these reasons, in this order; each is told at least in part."""
    with pytest.raises(ImportRefused) as refused, session.begin_nested():
        import_texts(session, folder, upts, products)
    problems = [str(problem) for problem in refused.value.problems]
    assert len(problems) == len(expected), problems
    for problem, part in zip(problems, expected, strict=True):
        assert part in problem

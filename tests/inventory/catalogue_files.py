"""Small catalogue files for tests, and a fingerprint of what an import may change."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from inventory.services.importing import Imported, import_catalogue

UPTS = """\
code,name,type,class,kanwil,province,city,source_url
LPS-GARUT,Lapas Kelas IIA Garut,lapas,IIA,Kanwil Ditjenpas Jawa Barat,Jawa Barat,Kabupaten Garut,https://a.example
LPP-BANDUNG,LPP Kelas IIA Bandung,lapas_perempuan,IIA,Kanwil Ditjenpas Jawa Barat,Jawa Barat,Kota Bandung,
"""

PRODUCTS = """\
product_name,category,kind,upt_name,description_id,description_en,unit,price_idr,weight_g,certificates,export_markets,source_url
Pot Sabut,sabut_kelapa,good,Lapas Kelas IIA Garut,Pot dari sabut kelapa.,A coir pot.,buah,25000,400,,,https://a.example/2
Roti Manis,roti_kue,good,LPP Kelas IIA Bandung,"Roti, manis.",Sweet bread.,bungkus,,,Halal; BPOM,,
Coir Shade,sabut_kelapa,export_commodity,Lapas Kelas IIA Garut,Peneduh.,Shade.,unit,,,,Prancis;Jerman,
"""

TABLES = (
    "kanwils",
    "upts",
    "categories",
    "products",
    "variants",
    "variant_options",
    "product_facts",
    "permits",
    "permit_products",
    "makers",
    "stocks",
    "ledger_entries",
    "catalogue_entries",
    "shipping_rates",
    "users",
    "memberships",
)


def import_texts(
    session: Session, folder: Path, upts: str | bytes = UPTS, products: str | bytes = PRODUCTS
) -> Imported:
    """Write the two files and import them."""
    files = folder / "upts.csv", folder / "products.csv"
    for file, content in zip(files, (upts, products), strict=True):
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_catalogue(session, *files, progress=no_progress)


def no_progress(step: str, rows: int) -> None:
    """Nobody watches."""


def fingerprint(session: Session) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of all their values."""
    session.flush()
    found = {}
    for table in TABLES:
        digest = text(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t")
        count, value = session.execute(digest).one()
        found[table] = (count, value)
    return found

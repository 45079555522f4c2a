"""Importing the catalogue from files: all of it, or nothing and every reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path

from psycopg import Connection
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from accounts.importing import ImportRefused, ImportRunning, Problem, Tally
from accounts.models import Upt
from accounts.regions import join
from accounts.services.upts import save_upts
from accounts.upt_file import UptFile, read_upts
from inventory.categories import CATEGORY_NAMES
from inventory.models import Category
from inventory.product_file import ProductRow, read_products
from inventory.services.catalogue import refresh_catalogue

_LOCK = 7_214_003  # advisory: one import at a time
_ROWS_A_REPORT = 1_000

Progress = Callable[[str, int], None]
"""Told what is being done and how many rows of it are done."""

_STAGE = """
CREATE TEMPORARY TABLE staged_products (
    sku text PRIMARY KEY, name_slug text, upt_code text, name text, category text, kind text,
    description_id text, description_en text, unit text, certificates text[], export_markets text[],
    source_url text, price bigint, weight_g bigint,
    slug text, product_id bigint, is_new boolean NOT NULL DEFAULT false
) ON COMMIT DROP
"""

_COPIED = tuple(field.name for field in fields(ProductRow))
_COPY = f"COPY staged_products ({', '.join(_COPIED)}) FROM STDIN"
_values_of = attrgetter(*_COPIED)

_FIND_KNOWN = "UPDATE staged_products s SET product_id = v.product_id FROM variants v WHERE v.sku = s.sku"

# A product keeps its slug. A new one gets its name's, or that with the UPT's code where another product has
# or had the name; the double hyphen cannot come from a name.
_NAME_NEW = """
UPDATE staged_products s SET slug = CASE
    WHEN fresh.of_this_name = 1 AND NOT EXISTS (SELECT FROM products p WHERE p.slug = s.name_slug)
        AND NOT EXISTS (SELECT FROM old_product_slugs o WHERE o.slug = s.name_slug)
    THEN s.name_slug ELSE s.name_slug || '--' || lower(s.upt_code) END
FROM (
    SELECT sku, count(*) OVER (PARTITION BY name_slug) AS of_this_name
    FROM staged_products WHERE product_id IS NULL
) fresh
WHERE fresh.sku = s.sku
"""

_UPDATE_PRODUCTS = """
UPDATE products p SET
    name = s.name, category_id = c.id, kind = s.kind, description_id = s.description_id,
    description_en = s.description_en, unit = s.unit, certificates = s.certificates,
    export_markets = s.export_markets, source_url = s.source_url
FROM staged_products s JOIN categories c ON c.slug = s.category
WHERE p.id = s.product_id AND (
    p.name, p.category_id, p.kind, p.description_id, p.description_en, p.unit, p.certificates,
    p.export_markets, p.source_url
) IS DISTINCT FROM (
    s.name, c.id, s.kind, s.description_id, s.description_en, s.unit, s.certificates, s.export_markets,
    s.source_url
)
RETURNING p.id
"""

_INSERT_PRODUCTS = """
WITH fresh AS (
    INSERT INTO products (
        slug, name, category_id, kind, description_id, description_en, unit, certificates, export_markets,
        source_url
    )
    SELECT s.slug, s.name, c.id, s.kind, s.description_id, s.description_en, s.unit, s.certificates,
           s.export_markets, s.source_url
    FROM staged_products s JOIN categories c ON c.slug = s.category
    WHERE s.product_id IS NULL
    ORDER BY s.sku
    RETURNING id, slug
)
UPDATE staged_products s SET product_id = fresh.id, is_new = true FROM fresh WHERE fresh.slug = s.slug
RETURNING s.product_id
"""

# What the file does not state says nothing: a price set elsewhere stays.
_UPDATE_VARIANTS = """
UPDATE variants v SET price = coalesce(s.price, v.price), weight_g = coalesce(s.weight_g, v.weight_g)
FROM staged_products s
WHERE v.sku = s.sku AND (s.price <> v.price OR s.weight_g <> v.weight_g
    OR (s.price IS NOT NULL AND v.price IS NULL) OR (s.weight_g IS NOT NULL AND v.weight_g IS NULL))
RETURNING v.product_id
"""

_INSERT_VARIANTS = """
INSERT INTO variants (product_id, sku, price, weight_g)
SELECT product_id, sku, price, weight_g FROM staged_products WHERE is_new ORDER BY product_id
RETURNING product_id
"""

_INSERT_MAKERS = """
INSERT INTO makers (product_id, upt_id)
SELECT s.product_id, u.id FROM staged_products s JOIN upts u ON u.code = s.upt_code
ON CONFLICT DO NOTHING
RETURNING product_id
"""

_MADE_BY = text("SELECT DISTINCT product_id FROM makers WHERE upt_id = ANY(:upt_ids)")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed, kind by kind."""

    kanwils: Tally
    upts: Tally
    categories: Tally
    products: Tally
    variants: Tally
    makers: Tally

    @property
    def changed_anything(self) -> bool:
        """Whether a row of any kind was created or updated."""
        return any(getattr(self, kind).changed_anything for kind in self.__slots__)


def import_catalogue(
    session: Session, upts_file: Path, products_file: Path, *, progress: Progress
) -> Imported:
    """Create or update everything the two files state; nothing is ever removed.

    Raises ImportRefused with every problem of both files, and ImportRunning when another import is at
    work; the caller's transaction must then end.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        raise ImportRunning
    problems: list[Problem] = []
    upts = read_upts(upts_file, problems)
    rows = read_products(products_file, _codes_by_name(session, upts), problems)
    staged = _stage(session, _counted(rows, progress))
    if problems:
        raise ImportRefused(problems)
    saved = save_upts(session, upts.rows)
    categories = _save_categories(session)
    progress("written", 0)
    products, variants, makers, touched = _write_products(session, staged)
    touched |= set(session.scalars(_MADE_BY, {"upt_ids": sorted(saved.touched_upt_ids)}))
    progress("indexed", 0)
    refresh_catalogue(session, touched)
    return Imported(saved.kanwils, saved.upts, categories, products, variants, makers)


def _codes_by_name(session: Session, upts: UptFile) -> dict[str, set[str]]:
    """Which UPT codes go by a joined name: those of the file, and others the database knows."""
    names = {name: set(codes) for name, codes in upts.codes_by_name.items()}
    in_file = {code for codes in names.values() for code in codes}
    for code, name in session.execute(select(Upt.code, Upt.name)):
        if code not in in_file:
            names.setdefault(join(name), set()).add(code)
    return names | {name: {""} for name in upts.doubtful_names}


def _counted(rows: Iterable[ProductRow], progress: Progress) -> Iterator[ProductRow]:
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _ROWS_A_REPORT == 0:
            progress("read", number)


def _stage(session: Session, rows: Iterable[ProductRow]) -> int:
    """Stream the rows into a table of this transaction's own; gives how many."""
    session.execute(text("DROP TABLE IF EXISTS staged_products"))
    session.execute(text(_STAGE))
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    staged = 0
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row(_values_of(row))
            staged += 1
    session.execute(text("ANALYZE staged_products"))
    return staged


def _save_categories(session: Session) -> Tally:
    """Create or rename our categories."""
    known = {category.slug: category for category in session.scalars(select(Category))}
    fresh = [
        Category(slug=slug, name_id=name_id, name_en=name_en)
        for slug, (name_id, name_en) in CATEGORY_NAMES.items()
        if slug not in known
    ]
    session.add_all(fresh)
    renamed = 0
    for slug, category in known.items():
        names = CATEGORY_NAMES.get(slug, (category.name_id, category.name_en))
        if names != (category.name_id, category.name_en):
            category.name_id, category.name_en = names
            renamed += 1
    session.flush()
    return Tally(len(fresh), renamed, len(CATEGORY_NAMES) - len(fresh) - renamed)


def _write_products(session: Session, staged: int) -> tuple[Tally, Tally, Tally, set[int]]:
    """Bring products, variants and makers to what is staged; gives what changed, and the products touched."""
    session.execute(text(_FIND_KNOWN))
    session.execute(text(_NAME_NEW))
    changed = {
        statement: session.scalars(text(statement)).all()
        for statement in (
            _UPDATE_PRODUCTS,
            _INSERT_PRODUCTS,
            _UPDATE_VARIANTS,
            _INSERT_VARIANTS,
            _INSERT_MAKERS,
        )
    }
    counts = {statement: len(ids) for statement, ids in changed.items()}
    products = _tally(staged, counts[_INSERT_PRODUCTS], counts[_UPDATE_PRODUCTS])
    variants = _tally(staged, counts[_INSERT_VARIANTS], counts[_UPDATE_VARIANTS])
    makers = _tally(staged, counts[_INSERT_MAKERS], 0)
    return products, variants, makers, set().union(*changed.values())


def _tally(rows: int, created: int, updated: int) -> Tally:
    return Tally(created, updated, rows - created - updated)

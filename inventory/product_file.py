"""The file of products: its columns, and its rows checked and matched to the UPT that makes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from accounts.importing import LONGEST_DESCRIPTION, Problem, Row, read_rows
from accounts.regions import join
from accounts.upt_file import slug_of
from inventory.categories import CATEGORY_NAMES
from inventory.rules import HEAVIEST_PIECE_G, PRODUCT_KINDS
from kernel.money import BIGGEST_AMOUNT

COLUMNS = (
    "product_name",
    "category",
    "kind",
    "upt_name",
    "description_id",
    "description_en",
    "unit",
    "price_idr",
    "weight_g",
    "certificates",
    "export_markets",
    "source_url",
)


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product of one UPT as a file states it; `sku`, of UPT code and name, is its identity.

    `price` is in rupiah and `weight_g` in grams; None where the file says nothing.
    """

    sku: str
    name_slug: str
    upt_code: str
    name: str
    category: str
    kind: str
    description_id: str
    description_en: str
    unit: str
    certificates: list[str]
    export_markets: list[str]
    source_url: str
    price: int | None
    weight_g: int | None


def read_products(
    file: Path, codes_by_name: Mapping[str, Collection[str]], problems: list[Problem]
) -> Iterator[ProductRow]:
    """Read the file row by row; what is wrong is added to `problems`, and bad rows are left out.

    `codes_by_name` tells which UPT codes go by a joined name; an empty code is one already reported as bad.
    """
    lines: dict[str, int] = {}
    for row in read_rows(file, COLUMNS, problems):
        product = _product_of(row, codes_by_name)
        first = lines.setdefault(product.sku, row.line)
        if product.upt_code and first != row.line:
            row.reject("product_name", f'"{product.name}" of this UPT is already on line {first}')
        if row.is_good and product.upt_code:
            yield product


def _product_of(row: Row, codes_by_name: Mapping[str, Collection[str]]) -> ProductRow:
    name = row.text("product_name")
    slug = slug_of(name)
    if name and not slug:
        row.reject("product_name", f'"{name}" has no letter or digit')
    upt_code = _upt_code_of(row, codes_by_name)
    return ProductRow(
        # the dot parts the two: neither a code nor a slug has one
        sku=f"{upt_code}.{slug.upper()}",
        name_slug=slug,
        upt_code=upt_code,
        name=name,
        category=row.choice("category", CATEGORY_NAMES),
        kind=row.choice("kind", PRODUCT_KINDS),
        description_id=row.text("description_id", longest=LONGEST_DESCRIPTION),
        description_en=row.text("description_en", required=False, longest=LONGEST_DESCRIPTION),
        unit=row.text("unit"),
        certificates=row.listing("certificates"),
        export_markets=row.listing("export_markets"),
        source_url=row.link("source_url"),
        price=row.optional_number("price_idr", least=1, most=BIGGEST_AMOUNT),
        weight_g=row.optional_number("weight_g", least=1, most=HEAVIEST_PIECE_G),
    )


def _upt_code_of(row: Row, codes_by_name: Mapping[str, Collection[str]]) -> str:
    name = row.text("upt_name")
    codes = sorted(codes_by_name.get(join(name), ())) if name else []
    if name and not codes:
        row.reject("upt_name", f'no UPT is called "{name}"')
    if len(codes) > 1:
        row.reject("upt_name", f'"{name}" is ambiguous: {", ".join(codes)} go by that name')
    return codes[0] if len(codes) == 1 else ""

"""One product's page: what it is, its variants, who makes it and how many pieces each UPT has."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, bindparam, case, cast, func, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from inventory.models import CatalogueEntry, Category, Maker, Product, ProductTerms, Stock, Variant
from inventory.queries.shelf import ShelfItem, shelf, shelf_items


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What a product's page says about the product itself, in the language at hand."""

    id: int
    slug: str
    name: str
    kind: str
    description: str
    unit: str
    certificates: tuple[str, ...]
    export_markets: tuple[str, ...]
    source_url: str
    is_withdrawn: bool
    is_sample: bool
    category: str
    category_name: str


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One variant: price in rupiah, weight in grams; either may be unknown."""

    id: int
    sku: str
    name: str
    price: int | None
    weight_g: int | None
    is_sample: bool
    available: int

    @property
    def is_for_sale(self) -> bool:
        """Whether it can be put in a cart at all."""
        return self.price is not None and self.weight_g is not None


@dataclass(frozen=True, slots=True)
class MakerRow:
    """A UPT that makes the product; `available` counts the pieces it can send, by variant id."""

    upt_id: int
    slug: str
    name: str
    city: str
    lead_days: int | None
    is_sample: bool
    available: dict[int, int]

    @property
    def total(self) -> int:
        """The pieces of all variants together."""
        return sum(self.available.values())


def product_by_slug(session: Session, slug: str, *, locale: str) -> ProductRow | None:
    """The product of that address, withdrawn ones too; None when there never was one."""
    row = session.execute(_PRODUCT, {"slug": slug, "is_english": locale == "en"}).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    values |= {name: tuple(values[name]) for name in ("certificates", "export_markets")}
    return ProductRow(**values)


def variants_of(session: Session, product_id: int) -> list[VariantRow]:
    """The product's variants, cheapest first, each with the pieces that can be ordered of it."""
    rows = session.execute(_VARIANTS, {"product_id": product_id})
    return [VariantRow(*row) for row in rows]


def makers_of(session: Session, product_id: int) -> list[MakerRow]:
    """Who makes the product: UPTs with most pieces first, then by name."""
    makers: dict[int, MakerRow] = {}
    for row in session.execute(_MAKERS, {"product_id": product_id}):
        maker = makers.get(row.upt_id)
        if maker is None:
            maker = MakerRow(row.upt_id, row.slug, row.name, row.city, row.lead_days, row.is_sample, {})
            makers[row.upt_id] = maker
        if row.variant_id is not None:
            maker.available[row.variant_id] = row.available
    return sorted(makers.values(), key=lambda maker: (-maker.total, maker.name))


def related_products(session: Session, product: ProductRow, *, most: int) -> list[ShelfItem]:
    """The newest other products of the same category."""
    rows = session.execute(_RELATED, {"slug": product.category, "product_id": product.id, "most": most})
    return shelf_items(rows)


_is_english = bindparam("is_english", type_=Boolean)

_internal = select(ProductTerms.product_id).where(ProductTerms.audience == "internal")
_PRODUCT = (
    select(
        Product.id,
        Product.slug,
        Product.name,
        Product.kind,
        case((_is_english, Product.description_en), else_=Product.description_id).label("description"),
        Product.unit,
        Product.certificates,
        Product.export_markets,
        Product.source_url,
        Product.is_withdrawn,
        Product.is_sample,
        Category.slug.label("category"),
        case((_is_english, Category.name_en), else_=Category.name_id).label("category_name"),
    )
    .join(Category, Category.id == Product.category_id)
    .where(Product.slug == bindparam("slug"), Product.id.not_in(_internal))
)

_VARIANTS = (
    select(
        Variant.id,
        Variant.sku,
        Variant.name,
        Variant.price,
        Variant.weight_g,
        Variant.is_sample,
        cast(
            func.coalesce(
                select(func.sum(Stock.available)).where(Stock.variant_id == Variant.id).scalar_subquery(), 0
            ),
            BigInteger,
        ).label("available"),
    )
    .where(Variant.product_id == bindparam("product_id"))
    .order_by(Variant.price.asc().nulls_last(), Variant.id)
)

# A shelf is shown even of a UPT that is no longer listed as a maker: its pieces can still be bought.
_places = (
    select(Maker.upt_id, Maker.lead_days, Maker.is_sample)
    .where(Maker.product_id == bindparam("product_id"))
    .subquery()
)
_pieces = (
    select(Stock.upt_id, Stock.variant_id, Stock.available)
    .join(Variant, Variant.id == Stock.variant_id)
    .where(Variant.product_id == bindparam("product_id"), Stock.available > 0)
    .subquery()
)
_MAKERS = (
    select(
        Upt.id.label("upt_id"),
        Upt.slug,
        Upt.name,
        Upt.city,
        _places.c.lead_days,
        func.coalesce(_places.c.is_sample, False).label("is_sample"),
        _pieces.c.variant_id,
        _pieces.c.available,
    )
    .select_from(_places.join(_pieces, _pieces.c.upt_id == _places.c.upt_id, full=True))
    .join(Upt, Upt.id == func.coalesce(_places.c.upt_id, _pieces.c.upt_id))
)

_same_category = (
    select(CatalogueEntry.product_id)
    .where(
        CatalogueEntry.category_id
        == select(Category.id).where(Category.slug == bindparam("slug")).scalar_subquery(),
        CatalogueEntry.product_id != bindparam("product_id"),
    )
    .order_by(CatalogueEntry.product_id.desc())
    .limit(bindparam("most"))
    .cte("page")
)
_RELATED = shelf(_same_category).order_by(CatalogueEntry.product_id.desc())

"""Reading one product's page: the product, its variants, who makes it, and others of its sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from accounts.models import Upt
from inventory.models import (
    CatalogueEntry,
    Category,
    Maker,
    Pause,
    Permit,
    PermitProduct,
    Product,
    ProductFacts,
    ProductTerms,
    Stock,
    Variant,
    VariantOption,
)
from inventory.photos import photo_of
from inventory.queries.pauses import pause_json, told_pause
from inventory.queries.photographs import published_photographs
from inventory.queries.product_rows import Facts, MakerRow, OptionRow, PermitRow, ProductRow, VariantRow
from inventory.queries.resting import product_lacks_permits_at, product_rests, product_rests_at, today
from inventory.queries.shelf import ShelfItem, shelf, shelf_items
from inventory.queries.texts import told_in
from kernel.compiled import CompiledSelect


def product_by_slug(session: Session, slug: str, *, locale: str) -> ProductRow | None:
    """The product of that address, withdrawn ones too; None if none was ever there. One statement."""
    rows = _PRODUCT.rows(session, {"slug": slug})
    if not rows:
        return None
    (row,) = rows
    return ProductRow(
        id=row.id,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        told=told_in(locale, row.description_id, row.description_en),
        unit=row.unit,
        certificates=tuple(row.certificates),
        export_markets=tuple(row.export_markets),
        delivery_modes=tuple(row.delivery_modes),
        source_url=row.source_url,
        is_withdrawn=row.is_withdrawn,
        rests=row.rests,
        is_sample=row.is_sample,
        category=row.category,
        category_name=row.category_en if locale == "en" else row.category_id,
        facts=_facts(row, locale),
        permits=tuple(_permit(permit) for permit in row.permits),
        has_terms=row.has_terms,
        rating_count=row.rating_count,
        rating_total=row.rating_total,
        photographs=tuple(filter(None, map(photo_of, row.photographs))),
    )


def variants_of(session: Session, product_id: int, *, locale: str = "id") -> list[VariantRow]:
    """The product's variants, cheapest first, each with the pieces that can be ordered of it."""
    rows = _VARIANTS.rows(session, {"product_id": product_id})
    return [VariantRow(**{**row._asdict(), "options": _told_options(row.options, locale)}) for row in rows]


def makers_of(session: Session, product_id: int, *, locale: str = "id") -> list[MakerRow]:
    """Who makes the product: UPTs with most pieces first, then by name. One statement."""
    makers: dict[int, MakerRow] = {}
    for row in _MAKERS.rows(session, {"product_id": product_id}):
        maker = makers.get(row.upt_id)
        if maker is None:
            maker = makers[row.upt_id] = _maker(row, locale)
        if row.variant_id is not None:
            pieces = maker.held if maker.pause else maker.available
            pieces[row.variant_id] = row.available
    return sorted(makers.values(), key=lambda maker: (-maker.total, maker.name))


def newest_of_category(session: Session, category: str, *, most: int) -> list[ShelfItem]:
    """The newest products of a category (a slug). One statement."""
    return shelf_items(_NEWEST_OF_CATEGORY.rows(session, {"slug": category, "most": most}))


_TEXT_FACTS = ("ingredients", "allergens", "storage", "care", "story")


def _facts(row: Any, locale: str) -> Facts:
    texts = {
        name: told_in(locale, getattr(row, f"{name}_id") or "", getattr(row, f"{name}_en") or "")
        for name in _TEXT_FACTS
    }
    return Facts(
        net_content=row.net_content or "",
        shelf_life_days=row.shelf_life_days,
        **texts,
        is_sample=bool(row.has_sample_facts),
    )


def _told_options(options: Sequence[Mapping[str, str]], locale: str) -> tuple[OptionRow, ...]:
    return tuple(
        OptionRow(option["kind"], option["id"], told_in(locale, option["id"], option["en"]))
        for option in options
    )


def _maker(row: Any, locale: str) -> MakerRow:
    values = {name: value for name, value in row._asdict().items() if name != "variant_id"}
    pause = told_pause(row.pause, locale=locale)
    return MakerRow(**{**values, "available": {}, "pause": pause})


def _permit(values: Mapping[str, Any]) -> PermitRow:
    written = values["expires_on"]
    return PermitRow(**{**values, "expires_on": date.fromisoformat(written) if written else None})


_permits = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object(
                        *("kind", Permit.kind, "number", Permit.number, "title", Permit.title),
                        *("holder", Upt.name, "holder_slug", Upt.slug, "expires_on", Permit.expires_on),
                        *("is_verified", Permit.verified_at.is_not(None), "is_sample", Permit.is_sample),
                    ),
                    Permit.id,
                )
            ),
            func.jsonb_build_array(),
        )
    )
    .select_from(PermitProduct)
    .join(Permit, Permit.id == PermitProduct.permit_id)
    .join(Upt, Upt.id == Permit.upt_id)
    .where(PermitProduct.product_id == Product.id)
    .correlate(Product)
    .scalar_subquery()
)

_PRODUCT = CompiledSelect(
    select(
        *(Product.id, Product.slug, Product.name, Product.kind),
        *(Product.description_id, Product.description_en, Product.unit),
        *(Product.certificates, Product.export_markets, Product.delivery_modes),
        *(Product.source_url, Product.is_withdrawn, Product.is_sample),
        product_rests().label("rests"),
        *(Product.rating_count, Product.rating_total),
        Category.slug.label("category"),
        Category.name_id.label("category_id"),
        Category.name_en.label("category_en"),
        *(ProductFacts.net_content, ProductFacts.shelf_life_days),
        *(getattr(ProductFacts, f"{name}_{language}") for name in _TEXT_FACTS for language in ("id", "en")),
        ProductFacts.is_sample.label("has_sample_facts"),
        _permits.label("permits"),
        ProductTerms.product_id.is_not(None).label("has_terms"),
        published_photographs().label("photographs"),
    )
    .join(Category, Category.id == Product.category_id)
    .outerjoin(ProductFacts, ProductFacts.product_id == Product.id)
    .outerjoin(ProductTerms, ProductTerms.product_id == Product.id)
    .where(
        Product.slug == bindparam("slug"),
        Product.published_at.is_not(None),
        ProductTerms.audience.is_distinct_from("internal"),
    )
)

_options = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object(
                        *(
                            "kind",
                            VariantOption.kind,
                            "id",
                            VariantOption.value_id,
                            "en",
                            VariantOption.value_en,
                        )
                    ),
                    VariantOption.kind,
                )
            ),
            func.jsonb_build_array(),
        )
    )
    .where(VariantOption.variant_id == Variant.id)
    .correlate(Variant)
    .scalar_subquery()
)
_available = (
    select(func.sum(Stock.available))
    .where(Stock.variant_id == Variant.id, ~product_rests_at("stocks.upt_id"))
    .scalar_subquery()
)

_VARIANTS = CompiledSelect(
    select(
        *(Variant.id, Variant.sku, Variant.name, Variant.price, Variant.weight_g),
        (Variant.length_mm * Variant.width_mm * Variant.height_mm).label("volume_mm3"),
        Variant.is_sample,
        cast(func.coalesce(_available, 0), BigInteger).label("available"),
        _options.label("options"),
    )
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.product_id == bindparam("product_id"))
    .order_by(Variant.price.asc().nulls_last(), Variant.id)
)

# A shelf is shown even of a UPT that is no longer listed as a maker: its pieces can still be bought.
# Where the goods lack a permit, a maker is still named, but takes no orders of what it would make.
_places = (
    select(
        *(Maker.upt_id, Maker.lead_days, Maker.is_sample),
        case((~product_lacks_permits_at("makers.upt_id"), Maker.monthly_capacity)).label("monthly_capacity"),
    )
    .join(Product, Product.id == Maker.product_id)
    .where(Maker.product_id == bindparam("product_id"))
    .subquery()
)
_pieces = (
    select(Stock.upt_id, Stock.variant_id, Stock.available)
    .join(Variant, Variant.id == Stock.variant_id)
    .join(Product, Product.id == Variant.product_id)
    .where(
        Variant.product_id == bindparam("product_id"),
        Stock.available > 0,
        ~product_lacks_permits_at("stocks.upt_id"),
    )
    .subquery()
)
_MAKERS = CompiledSelect(
    select(
        Upt.id.label("upt_id"),
        *(Upt.slug, Upt.name, Upt.city, Upt.regency_code),
        *(_places.c.lead_days, _places.c.monthly_capacity),
        func.coalesce(_places.c.is_sample, False).label("is_sample"),
        _pieces.c.variant_id,
        _pieces.c.available,
        pause_json(bindparam("product_id"), Pause.upt_id == Upt.id, day=today()).label("pause"),
    )
    .select_from(_places.join(_pieces, _pieces.c.upt_id == _places.c.upt_id, full=True))
    .join(Upt, Upt.id == func.coalesce(_places.c.upt_id, _pieces.c.upt_id))
)

_same_category = (
    select(CatalogueEntry.product_id)
    .where(
        CatalogueEntry.category_id
        == select(Category.id).where(Category.slug == bindparam("slug")).scalar_subquery(),
    )
    .order_by(CatalogueEntry.product_id.desc())
    .limit(bindparam("most"))
    .cte("page")
)
_NEWEST_OF_CATEGORY = CompiledSelect(shelf(_same_category).order_by(CatalogueEntry.product_id.desc()))

"""On what terms a product is had: for whom, with which text on it, how many, from which quantity on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from inventory.queries.resting import lack_permits


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one product, both languages; an empty English text is shown in Indonesian."""

    audience: str = "public"
    place_id: str = ""
    place_en: str = ""
    notice_days: int = 1
    own_text_label_id: str = ""
    own_text_label_en: str = ""
    own_text_most: int | None = None
    own_text_required: bool = False
    limit_pieces: int | None = None
    limit_days: int | None = None
    least_quantity: int | None = None
    least_unit: str = ""
    hs_code: str = ""
    incoterm_id: str = ""
    incoterm_en: str = ""
    is_sample: bool = False

    @property
    def is_public(self) -> bool:
        """Whether the shop shows the product at all."""
        return self.audience == "public"


NO_TERMS = Terms()

_COLUMNS = ", ".join(Terms.__slots__)
_TERMS = text(f"SELECT {_COLUMNS} FROM product_terms WHERE product_id = :product_id")  # noqa: S608  our own names


def terms_of(session: Session, product_id: int) -> Terms:
    """A product's terms; NO_TERMS where nobody has stated any. One statement."""
    row = session.execute(_TERMS, {"product_id": product_id}).one_or_none()
    return Terms(*row) if row else NO_TERMS


@dataclass(frozen=True, slots=True)
class AskedProduct:
    """A product that somebody asks about, and the UPTs that make it and may sell it.

    A UPT that pauses is asked too: a question is not a sale.
    """

    id: int
    slug: str
    name: str
    kind: str
    unit: str
    category: str
    is_sample: bool
    export_markets: tuple[str, ...]
    upt_ids: tuple[int, ...]


_GOODS = {"product": "p.id", "category": "p.category_id"}
_ASKED = text(
    f"""
    SELECT p.id, p.slug, p.name, p.kind, p.unit, c.slug AS category, p.is_sample, p.export_markets,
           ARRAY(SELECT m.upt_id FROM makers m
                 WHERE m.product_id = p.id AND NOT {lack_permits(**_GOODS, upt="m.upt_id")}
                 ORDER BY m.upt_id) AS upt_ids
    FROM products p JOIN categories c ON c.id = p.category_id
    LEFT JOIN product_terms t ON t.product_id = p.id
    WHERE p.slug = :slug AND NOT p.is_withdrawn AND coalesce(t.audience, 'public') = 'public'
      AND NOT {lack_permits(**_GOODS)}
    """  # noqa: S608  our own column names
)


def asked_product(session: Session, slug: str) -> AskedProduct | None:
    """The product of that address if the shop shows it; None for a withdrawn, resting or internal one."""
    row = session.execute(_ASKED, {"slug": slug}).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    return AskedProduct(
        **values | {"export_markets": tuple(values["export_markets"]), "upt_ids": tuple(values["upt_ids"])}
    )

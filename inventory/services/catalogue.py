"""Rebuilding what listing and search read of a product after it, its variants or its makers change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.queries.resting import listed_but_resting, rests, sold_but_unlisted
from inventory.rules import CATALOGUE
from inventory.services.vocabulary import learn_all_terms, learn_terms
from inventory.words import UNSTEMMED, UNSTEMMED_MARK
from kernel.db import mark_changed

# One statement: the entry of a withdrawn, resting or internal product or one nobody makes goes, every other
# is written where it differs. Words are folded as accounts.regions.fold does it, so a query folded there
# meets them. Stems of both languages are in B only; a word that only looks like a longer form gets a mark.
_REFRESH = """
WITH makers_of AS (
    SELECT m.product_id,
           count(*) AS maker_count,
           min(u.name) AS maker_name,
           (array_agg(u.city ORDER BY u.name, u.id))[1] AS maker_city,
           string_agg(u.name || ' ' || u.city, ' ' ORDER BY u.name, u.id) AS upts,
           string_agg(DISTINCT k.name || ' ' || u.province, ' ') AS regions
    FROM makers m JOIN upts u ON u.id = m.upt_id JOIN kanwils k ON k.id = u.kanwil_id
    WHERE {chosen_makers}
    GROUP BY m.product_id
), prices_of AS (
    SELECT v.product_id,
           min(v.price) FILTER (WHERE v.price IS NOT NULL AND v.weight_g IS NOT NULL) AS price_from,
           bool_or(v.is_sample) AS is_sample
    FROM variants v
    WHERE {chosen_variants}
    GROUP BY v.product_id
), photographs_of AS (
    SELECT DISTINCT ON (f.product_id) f.product_id, jsonb_build_object(
               'key', f.key, 'alt_id', f.alt_id, 'alt_en', f.alt_en, 'x', f.focal_x, 'y', f.focal_y,
               'width', f.width, 'height', f.height,
               'names', (SELECT jsonb_agg(split_part(v.key, '/', 3) ORDER BY v.kind, v.width)
                         FROM photograph_files v WHERE v.photograph_id = f.id)) AS photograph
    FROM photographs f
    WHERE f.state = 'published' AND {chosen_photographs}
    ORDER BY f.product_id, f.position, f.id
), wanted AS (
    SELECT p.id, p.slug, p.name, p.kind, p.unit, p.category_id,
           CASE WHEN p.kind = 'good' THEN v.price_from END AS price_from,
           m.maker_count, m.maker_name, m.maker_city,
           p.is_sample OR coalesce(v.is_sample, false) AS is_sample,
           p.rating_count, p.rating_total,
           -- as if five more people had given three stars: one happy buyer does not lead the shop
           CASE WHEN p.rating_count > 0 THEN (1000 * (p.rating_total + 5 * 3)) / (p.rating_count + 5)
                ELSE 0 END AS rating_rank,
           setweight(to_tsvector('simple', unaccent(p.name)), 'A')
           || setweight(to_tsvector('indonesian', regexp_replace(
                  lower(unaccent(concat_ws(' . ', p.name, c.name_id, p.description_id))),
                  '{unstemmed}', '\\1{mark}', 'g')), 'B')
           || setweight(to_tsvector('english', unaccent(concat_ws(' . ', c.name_en, p.description_en))), 'B')
           || setweight(to_tsvector('simple', unaccent(m.upts)), 'C')
           || setweight(to_tsvector('simple', unaccent(m.regions)), 'D') AS document,
           trim(regexp_replace(lower(unaccent(p.name || ' ' || m.upts || ' ' || m.regions)),
                               '[^a-z0-9]+', ' ', 'g')) AS words,
           f.photograph
    FROM products p
    JOIN categories c ON c.id = p.category_id
    JOIN makers_of m ON m.product_id = p.id
    LEFT JOIN prices_of v ON v.product_id = p.id
    LEFT JOIN photographs_of f ON f.product_id = p.id
    WHERE NOT p.is_withdrawn AND {chosen_products} AND NOT {rests}
      AND NOT EXISTS (SELECT FROM product_terms t WHERE t.product_id = p.id AND t.audience = 'internal')
), gone AS (
    DELETE FROM catalogue_entries e
    WHERE {chosen_entries} AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = e.product_id)
)
INSERT INTO catalogue_entries AS entry (
    product_id, slug, name, kind, unit, category_id, price_from, maker_count, maker_name, maker_city,
    is_sample, rating_count, rating_total, rating_rank, document, words, photograph
)
SELECT * FROM wanted
ON CONFLICT (product_id) DO UPDATE SET
    slug = excluded.slug, name = excluded.name, kind = excluded.kind, unit = excluded.unit,
    category_id = excluded.category_id, price_from = excluded.price_from,
    maker_count = excluded.maker_count, maker_name = excluded.maker_name,
    maker_city = excluded.maker_city, is_sample = excluded.is_sample,
    rating_count = excluded.rating_count, rating_total = excluded.rating_total,
    rating_rank = excluded.rating_rank, document = excluded.document,
    words = excluded.words, photograph = excluded.photograph
WHERE entry.* IS DISTINCT FROM excluded.*
"""

_FILLED = {
    "unstemmed": rf"\m({'|'.join(sorted(UNSTEMMED))})\M",
    "mark": UNSTEMMED_MARK,
    "rests": rests(product="p.id", category="p.category_id"),
}
_CHOSEN = ("chosen_makers", "m.product_id"), ("chosen_variants", "v.product_id"), ("chosen_products", "p.id")
_PARTS = (*_CHOSEN, ("chosen_entries", "e.product_id"), ("chosen_photographs", "f.product_id"))
_REFRESH_SOME = text(_REFRESH.format(**_FILLED, **{part: f"{column} = ANY(:ids)" for part, column in _PARTS}))
_REFRESH_ALL = text(_REFRESH.format(**_FILLED, **{part: "true" for part, _ in _PARTS}))


def refresh_catalogue(session: Session, product_ids: Collection[int]) -> None:
    """Rebuild the catalogue entries of these products; call it after each change of one.

    What the session has not flushed yet is flushed first.
    """
    if product_ids:
        session.flush()
        session.execute(_REFRESH_SOME, {"ids": sorted(product_ids)})
        learn_terms(session, product_ids)
        mark_changed(session, CATALOGUE)


def refresh_whole_catalogue(session: Session) -> None:
    """Rebuild every catalogue entry."""
    session.flush()
    session.execute(_REFRESH_ALL)
    learn_all_terms(session)
    mark_changed(session, CATALOGUE)


def hold_products(session: Session, product_ids: Collection[int]) -> None:
    """Let what refreshes these products because a permit or a rule changes wait for each other.

    Whoever comes second looks only then, and sees both changes; without it each could see but its own.
    """
    query = select(Product.id).where(Product.id.in_(product_ids)).order_by(Product.id)
    session.execute(query.with_for_update(key_share=True))


def leave_out_resting(session: Session, *, at: datetime) -> int:  # noqa: ARG001 -- every job is given it
    """Have counts and searches forget what rests since today, which is not sold in any case; says how many.

    What is sold and has no entry for whatever reason is listed again, and counted too.
    """
    product_ids = {*listed_but_resting(session), *sold_but_unlisted(session)}
    hold_products(session, product_ids)
    refresh_catalogue(session, product_ids)
    return len(product_ids)

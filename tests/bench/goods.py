"""Goods to sell while speed is measured: a synthetic catalogue through the real importer, with stock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from kernel.config import Config
from operations.catalogue import import_files
from operations.schema import PROJECT
from operations.synthetic import synthetic_catalogue
from operations.transactions import one_transaction
from orders.services.rates import import_rates

_RATES = PROJECT / "data" / "rates.csv"
_PIECES = 1_000_000

_STOCK = f"""
INSERT INTO stocks (variant_id, upt_id, on_hand)
SELECT v.id, m.upt_id, {_PIECES} FROM variants v JOIN makers m ON m.product_id = v.product_id ORDER BY v.id
"""  # our own number
_LEDGER = f"""
INSERT INTO ledger_entries (stock_id, kind, delta, reason, actor_label, at)
SELECT id, 'received', {_PIECES}, 'bench', 'bench', now() FROM stocks
"""

_LEAVE = """
WITH left_over AS (
    UPDATE stocks SET on_hand = :pieces
    WHERE variant_id = (SELECT max(id) FROM variants) RETURNING id, variant_id
), written AS (
    INSERT INTO ledger_entries (stock_id, kind, delta, reason, actor_label, at)
    SELECT id, 'adjusted', :change, 'count', 'bench', now() FROM left_over
)
SELECT p.slug, p.name, v.id, v.sku
FROM left_over l JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
"""
_SOLD = "SELECT coalesce(sum(quantity), 0) FROM order_lines WHERE variant_id = :variant_id"

_SAMPLE = """
SELECT p.slug, p.name, v.id, v.sku FROM products p JOIN variants v ON v.product_id = p.id
WHERE v.id < (SELECT max(id) FROM variants)
ORDER BY hashint8(p.id) LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Good:
    """One product that can be bought."""

    slug: str
    name: str
    variant_id: int
    sku: str


def load_goods(config: Config, count: int, folder: Path) -> None:
    """Import `count` goods and give each a million pieces, written in the ledger; and the couriers' rates."""
    upts, products = synthetic_catalogue(count, folder)
    import_files(config, upts, products)
    with one_transaction(config) as session:
        session.execute(text(_STOCK))
        session.execute(text(_LEDGER))
        import_rates(session, _RATES)
    engine = create_engine(config.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as autovacuum would within a minute
    engine.dispose()


def sample_goods(config: Config, most: int) -> list[Good]:
    """So many goods from all over the catalogue, the same each time; the last one is never among them."""
    with one_transaction(config) as session:
        return [Good(*row) for row in session.execute(text(_SAMPLE), {"most": most})]


def leave_few(config: Config, pieces: int) -> Good:
    """Leave only so many pieces of the last good, which nobody has bought yet."""
    with one_transaction(config) as session:
        return Good(*session.execute(text(_LEAVE), {"pieces": pieces, "change": pieces - _PIECES}).one())


def pieces_sold(config: Config, good: Good) -> int:
    """How many pieces of a good orders have."""
    with one_transaction(config) as session:
        return int(session.execute(text(_SOLD), {"variant_id": good.variant_id}).scalar_one())

"""Learning the words of the catalogue, so that search can tell a slip of the finger from a word."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

# Words of letters only: numbers are not misspelt but wrong. In the order of the key, so that two imports at
# once wait for each other instead of in a circle.
_LEARN = """
WITH texts AS (
    SELECT string_to_array(e.words, ' ') AS list,
           string_to_array(translate(
               lower(unaccent(concat_ws(' ', p.description_id, c.name_id, p.description_en, c.name_en))),
               :signs, :spaces), ' ') AS description
    FROM catalogue_entries e
    JOIN products p ON p.id = e.product_id
    JOIN categories c ON c.id = p.category_id
    WHERE {chosen}
), pairs AS (
    SELECT DISTINCT list[i] AS word, list[i + 1] AS follower FROM texts, generate_subscripts(list, 1) AS i
), words AS (
    SELECT word FROM pairs UNION SELECT unnest(description) FROM texts
), terms AS (
    SELECT word AS term, word AS words FROM words WHERE word ~ '^[a-z]{{3,40}}$'
    UNION
    SELECT word || follower, word || ' ' || follower FROM pairs
    WHERE word ~ '^[a-z]{{2,}}$' AND follower ~ '^[a-z]{{2,}}$' AND length(word || follower) BETWEEN 6 AND 40
)
INSERT INTO catalogue_terms (term, words) SELECT term, words FROM terms ORDER BY term, words
ON CONFLICT DO NOTHING
"""


_SIGNS = ".,;:!?()/\"'-\n\t"
_PARTING = {"signs": _SIGNS, "spaces": " " * len(_SIGNS)}
_LEARN_SOME = text(_LEARN.format(chosen="e.product_id = ANY(:ids)"))
_LEARN_ALL = text(_LEARN.format(chosen="true"))


def learn_terms(session: Session, product_ids: Collection[int]) -> None:
    """Add the words of these products' catalogue entries to the vocabulary."""
    session.execute(_LEARN_SOME, {"ids": sorted(product_ids), **_PARTING})


def learn_all_terms(session: Session) -> None:
    """Add the words of every catalogue entry to the vocabulary."""
    session.execute(_LEARN_ALL, _PARTING)

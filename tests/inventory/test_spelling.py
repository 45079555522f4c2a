"""How far two words are apart, and which known word was meant."""

from __future__ import annotations

import pytest

from inventory.spelling import closest, edits


class TestEdits:
    @pytest.mark.parametrize(
        ("one", "other", "slips"),
        [
            ("merah", "merah", 0),
            ("mreah", "merah", 1),
            ("mera", "merah", 1),
            ("merahh", "merah", 1),
            ("nerah", "merah", 1),
            ("btaki", "batik", 2),
            ("", "abc", 3),
            ("meja", "kursi", 5),
        ],
    )
    def test_counts_slips(self, one: str, other: str, slips: int) -> None:
        assert edits(one, other) == edits(other, one) == slips


class TestClosest:
    def test_prefers_fewest_slips(self) -> None:
        assert closest("mreah", ["meja", "marah", "merah"]) == "merah"

    def test_takes_the_first_of_equals(self) -> None:
        assert closest("bata", ["batu", "bati"]) == "batu"

    def test_forgives_two_slips_only_in_long_words(self) -> None:
        assert closest("palangkraja", ["palangkaraya"]) == "palangkaraya"
        assert closest("btaki", ["batik"]) is None

    def test_leaves_short_words_alone(self) -> None:
        assert closest("ab", ["ac"]) is None

"""Numbers of permits, how much a permit is worth, and what is left of a month's capacity."""

from __future__ import annotations

from datetime import date

import pytest

from inventory.errors import PermitNumberInvalid
from inventory.rules import (
    PERMIT_KINDS,
    capacity_left,
    due_warning,
    month_of,
    permit_number,
    permit_standing,
    ready_on,
)

TODAY = date(2026, 11, 21)


class TestPermitNumber:
    @pytest.mark.parametrize(
        ("kind", "written", "stored"),
        [
            ("PIRT", "2151604010001-31", "2151604010001-31"),
            ("PIRT", " 2151604 010001 31 ", "2151604010001-31"),
            ("HALAL", "id33110000662051022", "ID33110000662051022"),
            ("HALAL", "ID 18110020536521024", "ID18110020536521024"),
            ("BPOM_MD", "md 123456789012", "MD123456789012"),
            ("NIB", "1234567890123", "1234567890123"),
            ("MEREK", "idm000123456", "IDM000123456"),
            ("HAK_CIPTA", "EC00202400001", "EC00202400001"),
            ("SNI", "SNI 01-3553-2006", "SNI 01-3553-2006"),
            ("other", "440/123/dinkes/2024", "440/123/DINKES/2024"),
        ],
    )
    def test_is_stored_in_one_form_without_doubt(self, kind: str, written: str, stored: str) -> None:
        read = permit_number(kind, written)
        assert (read.number, read.doubts) == (stored, ())

    @pytest.mark.parametrize(
        ("kind", "written"),
        [
            ("PIRT", "215160401000131x"),
            ("PIRT", "21516040100013"),  # 14 digits
            ("PIRT", "2151604010001-311"),
            ("PIRT", "٢١٥١٦٠٤٠١٠٠٠١٣١"),
            ("HALAL", "KH0012345678"),  # the number of the fatwa, an error on labels
            ("HALAL", "ID3311000066205102"),
            ("HALAL", "33110000662051022"),
            ("BPOM_MD", "MD12345678901"),
            ("BPOM_MD", "TR123456789012"),
            ("NIB", "123456789012"),
            ("MEREK", "--"),
            ("HAK_CIPTA", "<script>"),
            ("SNI", "S" * 41),
        ],
    )
    def test_refuses_another_length_or_other_characters(self, kind: str, written: str) -> None:
        with pytest.raises(PermitNumberInvalid):
            permit_number(kind, written)

    @pytest.mark.parametrize("kind", PERMIT_KINDS)
    @pytest.mark.parametrize(
        "written", ["", " ", "-", "belum ada", "9" * 10_000, "'; DROP TABLE permits; --", "🥐"]
    )
    def test_refuses_what_is_no_number_of_any_kind(self, kind: str, written: str) -> None:
        with pytest.raises(PermitNumberInvalid):
            permit_number(kind, written)

    @pytest.mark.parametrize(
        ("kind", "written", "doubts"),
        [
            ("PIRT", "9151604010001-31", ("unusual_structure",)),
            ("PIRT", "2150504010001-31", ("unusual_structure",)),
            ("PIRT", "201160401234", ("older_form",)),
            ("HALAL", "ID99110000662051022", ("unusual_structure",)),
            ("HALAL", "ID33110000662051322", ("unusual_structure",)),
            ("BPOM_MD", "ML123456789012", ("imported",)),
            ("MEREK", "D002016012345", ("not_idm",)),
        ],
    )
    def test_only_doubts_another_structure(self, kind: str, written: str, doubts: tuple[str, ...]) -> None:
        assert permit_number(kind, written).doubts == doubts

    def test_a_pirt_ends_in_the_year_of_its_end(self) -> None:
        number = "2151604010001-31"
        assert permit_number("PIRT", number, expires_on=date(2031, 3, 1)).doubts == ()
        assert permit_number("PIRT", number, expires_on=date(2030, 3, 1)).doubts == ("other_expiry_year",)


class TestPermitStanding:
    def test_only_what_was_checked_and_still_holds_is_verified(self) -> None:
        assert permit_standing(is_verified=True, expires_on=None, day=TODAY) == "verified"
        assert permit_standing(is_verified=True, expires_on=TODAY, day=TODAY) == "verified"
        assert permit_standing(is_verified=True, expires_on=date(2026, 11, 20), day=TODAY) == "expired"
        assert permit_standing(is_verified=False, expires_on=None, day=TODAY) == "unverified"
        assert permit_standing(is_verified=False, expires_on=date(2020, 1, 1), day=TODAY) == "expired"


class TestCapacity:
    @pytest.mark.parametrize(
        ("day", "month"),
        [
            (TODAY, (date(2026, 11, 1), date(2026, 12, 1))),
            (date(2026, 12, 31), (date(2026, 12, 1), date(2027, 1, 1))),
            (date(2028, 2, 29), (date(2028, 2, 1), date(2028, 3, 1))),
            (date(2026, 1, 1), (date(2026, 1, 1), date(2026, 2, 1))),
        ],
    )
    def test_a_month_is_the_calendars(self, day: date, month: tuple[date, date]) -> None:
        assert month_of(day) == month

    def test_what_is_taken_is_not_left_and_never_less_than_nothing(self) -> None:
        assert (capacity_left(8, 3), capacity_left(8, 8), capacity_left(8, 20)) == (5, 0, 0)

    def test_a_full_month_moves_the_date_to_the_next(self) -> None:
        assert ready_on(TODAY, 14, left=1) == date(2026, 12, 5)
        assert ready_on(TODAY, 14, left=0) == date(2026, 12, 15)


class TestDueWarning:
    @pytest.mark.parametrize(
        ("days_left", "warned", "due"),
        [
            (91, None, None),
            (90, None, 90),
            (89, 90, None),
            (30, 90, 30),
            (31, 90, None),
            (7, 30, 7),
            (0, 30, 7),
            (5, None, 7),
            (0, 7, None),
            (-1, None, None),
        ],
    )
    def test_the_nearest_is_due_once(self, days_left: int, warned: int | None, due: int | None) -> None:
        assert due_warning(days_left, warned) == due

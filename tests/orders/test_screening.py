"""What is refused in texts, and what must not be."""

import pytest

from orders.rules.screening import holds_control, own_text, own_text_fault, seeks_contact


class TestOwnText:
    @pytest.mark.parametrize(
        "written",
        [
            "Keluarga Sari & Budi",
            "Toko Maju 1998",
            "12-10-2024",
            "Dr. Siti, M.Kes.",
            "<b>Jaya</b>",
            "Ünal · 東京",
            "Blok C5 No. 12",
        ],
    )
    def test_plain_text_may_stand_on_an_item(self, written: str) -> None:
        assert own_text_fault(written) is None

    @pytest.mark.parametrize(
        ("written", "fault"),
        [
            ("0812 3456 7890", "phone"),
            ("+62 (812) 34-56-78", "phone"),
            ("O8 1 2 3 4 5 6 7 8 9", "phone"),
            ("０８１２３４５６７８９", "phone"),
            ("sari.com", "link"),
            ("https://x.y", "link"),
            ("www.sari", "link"),
            ("sari@example.org", "link"),
            ("ig: @sari", "link"),
            ("a\nb", "control"),
            ("a\x00b", "control"),
            ("a\u202eb", "control"),
            ("a\u200bb", "control"),
        ],
    )
    def test_ways_to_reach_somebody_and_invisible_signs_may_not(self, written: str, fault: str) -> None:
        assert own_text_fault(written) == fault

    def test_is_kept_composed_and_with_single_spaces(self) -> None:
        assert own_text("  Kafe\u0301   Sari ") == "Kaf\u00e9 Sari"


class TestMessages:
    @pytest.mark.parametrize(
        "written",
        [
            "Tolong titip salam untuk warga binaan di blok C",
            "Boleh minta nomor WA warga binaan yang membuat?",
            "Please pass this message on to the inmate who made it",
            "Kami mau membesuk seorang narapidana",
            "Siapa nama warga binaan yang menjahit?",
            "Kirimkan uang ini kepada suami saya, tahanan di sana",
        ],
    )
    def test_that_seek_a_person_who_is_held_are_noticed(self, written: str) -> None:
        assert seeks_contact(written)

    @pytest.mark.parametrize(
        "written",
        [
            "Saya mau pesan kue buatan warga binaan untuk 20 orang, hubungi 0812345678",
            "Mohon kirim foto produk ke email kami untuk katalog karya warga binaan",
            "Kami ingin bertemu petugas dan melihat hasil kerja warga binaan",
            "Can we visit the workshop? Our company sells goods made by inmates",
            "Berapa upah warga binaan untuk satu gulung?",
        ],
    )
    def test_about_goods_are_left_alone(self, written: str) -> None:
        assert not seeks_contact(written)

    def test_may_have_lines_and_tabs_but_no_invisible_signs(self) -> None:
        assert not holds_control("satu\n\tdua", lines=True)
        assert holds_control("satu\u202edua", lines=True)

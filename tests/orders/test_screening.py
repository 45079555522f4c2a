"""What is refused in texts, and what must not be."""

from time import process_time

import pytest

from orders.rules.screening import finding, holds_control, own_text, own_text_fault, seeks_contact


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


class TestFindings:
    @pytest.mark.parametrize(
        ("written", "kind", "words"),
        [
            ("hubungi saya 0812-3456-7890", "phone", "0812-3456-7890"),
            ("WA +62 812 3456 7890 ya", "phone", "62 812 3456 7890"),
            ("０８１２３４５６７８９", "phone", "08123456789"),
            (
                "nol delapan satu dua tiga empat lima enam",
                "phone",
                "nol delapan satu dua tiga empat lima enam",
            ),
            ("saya di sari@example.com saja", "link", "sari@example.com"),
            ("lihat tokosari.com", "link", "tokosari.com"),
            ("ig: sari_batik", "link", "ig: sari_batik"),
            ("gmail saya sariku", "link", "gmail"),
            ("ke napi Budi Santoso", "names_person", "napi Budi Santoso"),
            ("warga binaan bernama budi", "names_person", "warga binaan bernama budi"),
            ("napi\njoko", "names_person", "napi joko"),
            ("ke napi\tBudi\nSantoso", "names_person", "napi Budi Santoso"),
            ("WBP a.n. Joko", "names_person", "WBP a.n. Joko"),
            ("buatan Asep bin Ujang", "names_person", "Asep bin Ujang"),
            ("nomornya BI 123/2024", "register", "BI 123/2024"),
            ("Register A.III 12/2024", "register", "Register A.III 12/2024"),
            (
                "titip surat untuk suami saya di dalam",
                "seeks_contact",
                "titip surat untuk suami saya di dalam",
            ),
            ("a\u200bb", "unprintable", ""),
        ],
    )
    def test_say_what_it_is_and_where(self, written: str, kind: str, words: str) -> None:
        found = finding(written)
        assert found is not None
        assert (found.kind, found.words) == (kind, words)

    @pytest.mark.parametrize(
        "written",
        [
            "Paket saya sampai tanggal 21-11-2026 jam 10.30?",
            "Barang bagus. To be honest I like it.",
            "Harganya Rp1.250.000.000 dan Rp 150.000, @Rp5.000 per biji",
            "Karya warga binaan Lapas Garut bagus; warga binaan Kota Bandung hebat",
            "Terima kasih warga binaan! Rotinya enak.",
            "Pesanan LP-1234567890-1 dengan resi JX0012345678 belum sampai",
            "2026-11-22 10:30, ukuran 120 x 60 cm",
        ],
    )
    def test_leave_alone_what_is_about_goods(self, written: str) -> None:
        assert finding(written, known=("LP-1234567890-1", "JX0012345678")) is None

    @pytest.mark.parametrize(
        ("written", "words"),
        [
            ("ke napi budi santoso ya", "napi budi santoso"),
            ("buat warga binaan mas joko", "warga binaan mas joko"),
            ("WARGA BINAAN SUTRISNO", "WARGA BINAAN SUTRISNO"),
            ("salam untuk wbp: asep", "wbp: asep"),
            ("tas ini dijahit oleh bu siti ya?", "dijahit oleh bu siti"),
            ("saya kenal joko yang napi itu", "joko yang napi"),
            ("untuk agus setiawan narapidana di lapas garut", "agus setiawan narapidana di"),
            ("suami saya dedi sedang ditahan", "suami saya dedi sedang ditahan"),
            ("kakakku wawan, wbp garut", "kakakku wawan, wbp"),
            ("dari asep bin ujang", "asep bin ujang"),
            ("was it made by haryono?", "made by haryono"),
            ("the inmate sukarjo", "inmate sukarjo"),
        ],
    )
    def test_notice_names_without_capitals(self, written: str, words: str) -> None:
        found = finding(written, addresses=True)
        assert found is not None
        assert (found.kind, found.words) == ("names_person", words)

    @pytest.mark.parametrize(
        "written",
        [
            "nama saya joko, saya mau beli karya warga binaan",
            "halo pak budi, warga binaan membuat tas ini sendiri?",
            "Halo Pak Agus, narapidana di Lapas Garut membuat apa saja?",
            "kirim ke rumah bu siti blok c5 nomor 3",
            "warga binaan budi pekertinya baik",
            "buatan tangan warga binaan, sulaman rapi",
            "sari kelapa buatan warga binaan lapas garut",
            "warga binaan ramah dan rajin, terima kasih",
            "aneh bin ajaib, murah sekali",
            "is there a storage bin for the nets?",
            "made by hand in garut by inmates",
            "kainnya tahanan air atau tidak",
            "untuk anak saya dewi yang ulang tahun",
            "suami saya andi mau pesan 20 kotak roti buatan lapas",
            "suami saya andi suka roti buatan warga binaan",
            "warga binaan perempuan menjahit seragam",
            "salam, agus",
            "dibuat oleh siapa?",
        ],
    )
    def test_leave_buyers_officers_and_plain_words_alone(self, written: str) -> None:
        assert finding(written) is None

    def test_addresses_may_stand_in_an_answer_but_names_may_not(self) -> None:
        assert finding("Telepon kantor 0262-123456789", addresses=True) is None
        assert finding("Dibuat napi Joko", addresses=True) is not None

    @pytest.mark.parametrize("piece", ["1 ", "a", "A.I", "warga binaan ", "Aa ", "titip ", "@", "x . ", "1-"])
    def test_take_no_time_over_long_texts(self, piece: str) -> None:
        begun = process_time()
        finding(piece * (50_000 // len(piece)))
        assert process_time() - begun < 3

"""The look: components render, pictures are steady and small, colours can be read."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask, render_template, render_template_string

from storefront.app import create_app
from storefront.drawings import DRAWINGS
from storefront.drawn_files import STATIC, drawn_files
from storefront.illustrations import artwork, illustration
from storefront.palette import GROUNDS
from storefront.web.styleguide import SampleForm
from tests.conftest import make_config

ROOT = Path(__file__).resolve().parents[2]
CSS = (STATIC / "css" / "lapak.css").read_text(encoding="utf-8")
CATEGORIES = {
    "bahan_bangunan",
    "bahan_pangan",
    "batik_tekstil",
    "jasa",
    "kebersihan",
    "kerajinan_anyaman",
    "kerajinan_kayu",
    "kerajinan_lain",
    "kopi_teh",
    "lilin_aromaterapi",
    "makanan_ringan",
    "mebel",
    "minuman",
    "minuman_herbal",
    "pakaian",
    "perikanan",
    "pertanian",
    "peternakan",
    "roti_kue",
    "sabut_kelapa",
    "tas_aksesori",
}


@pytest.fixture(scope="module")
def app() -> Flask:
    """The web app; nothing here asks its database."""
    return create_app(make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1"))


@pytest.fixture
def request_at_home(app: Flask) -> Iterator[Flask]:
    """A request for the home page, so that templates can be rendered by hand."""
    with app.test_request_context("/"):
        yield app


class TestIllustrations:
    def test_every_category_has_its_own_drawing(self) -> None:
        assert CATEGORIES | {"plain"} == set(DRAWINGS)
        assert len(set(DRAWINGS.values())) == len(DRAWINGS)

    @pytest.mark.parametrize("category", DRAWINGS)
    def test_is_a_small_well_formed_picture_of_its_own(self, category: str) -> None:
        picture = illustration(category, f"{category}-kendal", 320)
        assert ET.fromstring(picture).get("width") == "320"
        assert len(picture.encode()) < 4096
        assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")

    def test_the_same_product_always_gets_the_same_picture(self) -> None:
        assert illustration("roti_kue", "roti-sobek") == illustration("roti_kue", "roti-sobek")
        assert artwork("roti_kue", "roti-sobek").motif == "tumpal"

    def test_different_products_get_different_grounds(self) -> None:
        shelf = {artwork("roti_kue", f"roti-{number}") for number in range(200)}
        assert len(shelf) > 100
        assert len({work.motif for work in shelf}) == 8
        assert {work.ground for work in shelf} == set(GROUNDS)

    def test_an_unknown_category_gets_a_plain_parcel(self) -> None:
        assert artwork("mobil", "x").drawing == "plain"

    def test_hostile_names_cannot_enter_the_picture(self) -> None:
        assert "<script" not in illustration("<script>", "<script>")

    def test_static_files_are_those_of_the_drawings(self) -> None:
        for path, text in drawn_files().items():
            assert path.read_text(encoding="utf-8") == text, (
                f"{path} is stale: python -m storefront.drawn_files"
            )

    def test_the_style_sheet_knows_the_colours_of_the_drawings(self) -> None:
        palette = (ROOT / "storefront" / "palette.py").read_text(encoding="utf-8")
        colours = re.findall(r'^[A-Z]+ = "(#[0-9a-f]{6})"', palette, re.MULTILINE)
        assert colours
        assert set(colours) <= set(re.findall(r"--c-\w+: (#[0-9a-f]{6})", CSS))


def tokens(scheme: str) -> dict[str, str]:
    """Name and colour of the tokens of "light" or "dark"."""
    light, dark = CSS.split("@media screen and (prefers-color-scheme: dark)", 1)
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark.split("@layer base")[0]))
    return found


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [
    *(
        (text, back)
        for text in ("ink", "ink-soft", "link", "bad", "good", "on-accent-back")
        for back in ("paper", "surface", "sunken")
    ),
    *((text, f"{text}-back") for text in ("good", "warn", "bad", "info")),
    *(("ink", f"{tone}-back") for tone in ("good", "warn", "bad", "info")),
    ("on-accent-back", "accent-back"),
    ("on-brand", "brand"),
    ("on-accent", "accent"),
    ("on-band", "band"),
    ("on-band-soft", "band"),
    ("on-band-field", "band-field"),
    ("ink-soft", "band-field"),
    ("surface", "good"),
]
PARTS_ON = [
    ("line-strong", "surface"),
    ("line-strong", "paper"),
    ("focus", "paper"),
    ("focus", "surface"),
    ("accent", "surface"),
    ("c-sand", "band"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
class TestContrast:
    @pytest.mark.parametrize(("text", "back"), TEXT_ON)
    def test_text_can_be_read(self, scheme: str, text: str, back: str) -> None:
        colours = tokens(scheme)
        assert contrast(colours[text], colours[back]) >= 4.5

    @pytest.mark.parametrize(("part", "back"), PARTS_ON)
    def test_borders_and_rings_can_be_seen(self, scheme: str, part: str, back: str) -> None:
        colours = tokens(scheme)
        assert contrast(colours[part], colours[back]) >= 3


class TestComponents:
    def test_the_style_guide_shows_every_component(self, app: Flask) -> None:
        answer = app.test_client().get("/styleguide/light")
        assert answer.status_code == 200
        shown = (ROOT / "templates/storefront/styleguide/components.html").read_text(encoding="utf-8")
        frame = (ROOT / "templates/base.html").read_text(encoding="utf-8")
        imported = set(re.findall(r"components/\w+\.html", shown + frame))
        made = {f"components/{path.name}" for path in (ROOT / "templates/components").iterdir()}
        inside_others = {
            *("components/language.html", "components/finder.html", "components/photograph.html"),
            "components/sent_pictures.html",
            "components/downloads.html",
            "components/saved.html",
        }
        assert made - imported <= inside_others  # the frame's, the lists', the gallery's and the reviews' own
        assert "style=" not in answer.text
        assert not re.search(r"<script(?![^>]* src=|[^>]*ld.json)", answer.text)

    def test_a_shelf_of_24_stays_small(self, app: Flask) -> None:
        page = app.test_client().get("/styleguide/light").text
        cards = re.findall(r'<li class="card">.*?</li>', page, re.DOTALL)
        assert max(len(card) for card in cards) < 1500
        assert sum(_sent(STATIC / "css" / name) for name in ("lapak.css", "motifs.css")) <= 12_000
        assert sum(_sent(path) for path in (STATIC / "js").iterdir()) <= 15_000

    def test_text_is_escaped(self, request_at_home: Flask) -> None:
        page = render_template_string(
            "{% from 'components/alert.html' import alert %}{{ alert(text) }}"
            "{% from 'components/stepper.html' import stepper %}{{ stepper('q', 1, text) }}"
            "{% from 'components/table.html' import table %}{{ table(text, [(text, 'text')], [[text]]) }}",
            text="<b onclick='x'>",
        )
        assert "<b" not in page

    def test_a_wrong_field_says_so_beside_itself_and_in_the_summary(self, request_at_home: Flask) -> None:
        form = SampleForm(formdata=None, data={"name": ""})
        assert not form.validate()
        page = render_template_string(
            "{% from 'components/form.html' import field, error_summary %}"
            "{{ error_summary(form) }}{{ field(form.email) }}",
            form=form,
        )
        assert '<a href="#email">' in page
        assert 'aria-describedby="email-hint email-error"' in page
        assert 'aria-invalid="true"' in page
        assert 'id="email-error"' in page

    def test_a_sound_form_has_no_summary(self, request_at_home: Flask) -> None:
        form = SampleForm(formdata=None, data={})
        assert (
            render_template_string(
                "{% from 'components/form.html' import error_summary %}{{ error_summary(form) }}", form=form
            )
            == ""
        )

    def test_a_price_is_whole_rupiah_or_asked_for(self, request_at_home: Flask) -> None:
        source = "{% from 'components/price.html' import price %}{{ price(amount) }}"
        assert "Rp25.000" in render_template_string(source, amount=25000)
        assert "<strong>" not in render_template_string(source, amount=None)

    def test_the_last_page_has_no_way_on(self, request_at_home: Flask) -> None:
        source = "{% from 'components/pagination.html' import pagination %}{{ pagination(back, on) }}"
        assert 'rel="next"' not in render_template_string(source, back="/produk", on=None)
        assert render_template_string(source, back=None, on=None) == ""


class TestFrames:
    def test_the_cart_count_shows_only_when_there_is_one(self, request_at_home: Flask) -> None:
        source = "{% extends 'base.html' %}"
        assert "cart-link__count" not in render_template_string(source)
        assert "cart-link__count" in render_template_string(source, cart_count=3)

    def test_the_search_words_stay_in_the_field(self, request_at_home: Flask) -> None:
        assert 'value="jahe &#34;merah"' in render_template_string(
            "{% extends 'base.html' %}", search_query='jahe "merah'
        )

    def test_staff_see_their_unit_and_can_sign_out(self, app: Flask) -> None:
        with app.test_request_context("/staff/paket"):
            page = render_template_string(
                "{% extends 'staff/base.html' %}", staff_name="Budi", staff_scope="Lapas Garut"
            )
        assert "Lapas Garut" in page
        assert '<form class="staff-out" action="/staff/keluar" method="post">' in page
        assert '<a href="/staff/paket" aria-current="page">' in page

    def test_strangers_see_no_staff_navigation(self, request_at_home: Flask) -> None:
        assert "<nav" not in render_template_string("{% extends 'staff/base.html' %}")

    def test_an_error_page_says_what_to_do(self, request_at_home: Flask) -> None:
        words = {"message": "This page does not exist.", "retry": None}
        page = render_template("storefront/error.html", status=404, **words)
        assert "<h1>This page does not exist.</h1>" in page
        assert 'id="search-here" name="q"' in page or 'name="q" id="search-here"' in page


def _sent(path: Path) -> int:
    """How many bytes of a file a browser gets."""
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


LINE = {"name": "Roti <Sobek>", "variant": "isi 8", "quantity": 2, "total": 36000}
PARTS = (
    "import paragraph, button, order_lines, totals, facts %}"
    "{% block title %}Paid{% endblock %}{% block content %}"
    "{{ paragraph('Thank you.') }}{{ order_lines([line]) }}{{ totals([('Shipping', 9000)], 45000) }}"
    "{{ facts([('Courier', 'JNE')]) }}"
    "{{ button('https://lapak.test/pesanan/1', 'See the order') }}{% endblock %}"
)


class TestMails:
    def test_html(self, request_at_home: Flask) -> None:
        mail = render_template_string(
            "{% extends 'email/base.html' %}{% from 'email/parts.html' " + PARTS, line=LINE
        )
        assert "2 × Roti &lt;Sobek&gt;" in mail
        assert "Rp45.000" in mail
        assert 'href="https://lapak.test/pesanan/1"' in mail
        assert "<link" not in mail

    def test_text(self, app: Flask) -> None:
        with app.test_request_context("/"):
            template = app.jinja_env.overlay(autoescape=False).from_string(
                "{% extends 'email/base.txt' %}{% from 'email/parts.txt' " + PARTS
            )
            mail = template.render(line=LINE)
        assert "2 x Roti <Sobek> (isi 8)  Rp36.000" in mail
        assert "See the order:\nhttps://lapak.test/pesanan/1\n" in mail
        assert not re.search(r"\n{5}", mail)

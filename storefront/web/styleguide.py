"""The style guide: every component with made-up values, in both schemes and widths, in development only."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from functools import cache
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional

from inventory.queries.pauses import ToldPause
from inventory.queries.terms import Terms
from inventory.queries.texts import Told
from orders.queries.enquiries import MessageView
from orders.queries.invoices import PaperRow
from orders.queries.reviews import ShownReview
from orders.queries.slots import WeekSlot
from orders.web.enquiries import DONE
from storefront.drawings import DRAWINGS
from storefront.drawn_files import STATIC
from storefront.icons import ICONS
from storefront.web.enquiries import Asking

blueprint = Blueprint("styleguide", __name__)

THEMES = ("light", "dark")
_FRAMES_ALLOWED = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'"


class SampleForm(FlaskForm):
    """One field of each sort."""

    class Meta:
        csrf = False

    name = StringField("Full name", validators=[DataRequired("Please give your name.")])
    email = EmailField(
        "E-mail", validators=[DataRequired("Please give an address.")], description="The receipt goes here."
    )
    postcode = StringField("Postcode", validators=[DataRequired("A postcode has five digits.")])
    courier = SelectField(
        "Courier",
        choices=[SelectChoice("jne", "JNE"), SelectChoice("pos", "Pos Indonesia")],
        validators=[DataRequired()],
    )
    speed = RadioField(
        "Speed",
        choices=[
            SelectChoice("slow", "Regular, 3 to 5 days, Rp18.000"),
            SelectChoice("fast", "Express, 1 to 2 days, Rp41.000"),
        ],
        validators=[DataRequired("Please choose one.")],
    )
    note = TextAreaField("Note to the unit", validators=[Optional()])
    agree = BooleanField(
        "I have read how goods can be sent back", validators=[DataRequired("Please agree to go on.")]
    )


@blueprint.get("/styleguide")
def styleguide() -> str:
    """Show every component four times: light and dark, on a phone and on a computer."""
    return render_template("storefront/styleguide/frames.html", themes=THEMES)


@blueprint.get("/styleguide/<any(light, dark):theme>")
def components(theme: str) -> Response:
    """Show every component in one scheme, whatever the device prefers."""
    form = SampleForm(formdata=None, data={"name": "Sari", "courier": "pos"})
    form.validate()
    sample = {"form": form, **_shelf(), **_order(), **_enquiry()}
    page = render_template("storefront/styleguide/components.html", sample=sample, theme=theme)
    response = make_response(page)
    response.headers["Content-Security-Policy"] = _FRAMES_ALLOWED
    return response


@blueprint.get("/styleguide/themes.css")
def themes() -> Response:
    """The colours of both schemes for [data-theme], taken from lapak.css."""
    return Response(_themes(), mimetype="text/css")


@cache
def _themes() -> str:
    css = (STATIC / "css" / "lapak.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{\n(.*?)\n +\}", css, re.DOTALL)[:2]
    blocks = {"light": light.replace("color-scheme: light dark;", ""), "dark": dark}
    rules = (
        f':root[data-theme="{theme}"] {{ color-scheme: {theme}; {block} }}' for theme, block in blocks.items()
    )
    return "@layer utilities {\n" + "\n".join(rules) + "\n}\n"


def sample_shelf(size: int) -> list[dict[str, object]]:
    """Products as cards want them, of every category and every case."""
    drawings = tuple(DRAWINGS)
    return [_sample_product(number, drawings[number % len(drawings)]) for number in range(size)]


def _sample_product(number: int, category: str) -> dict[str, object]:
    is_long = number % 4 == 1
    return {
        "url": f"#{category}",
        "name": category.replace("_", " ").title() + (" buatan tangan, kemasan besar" if is_long else ""),
        "slug": f"{category}-{number}",
        "category": category,
        "kind": ("good", "good", "service", "good", "export_commodity")[number % 5],
        "price": None if number % 7 == 6 else 12500 + 7500 * number,
        "starting": number % 3 == 0,
        "unit": ("bungkus", "buah", None)[number % 3],
        "maker": "Lapas Kelas IIA Bandung" if number % 2 else "7 units",
        "place": "Kabupaten Bandung Barat" if number % 2 else None,
        "available": (24, 3, 0)[number % 3],
        "is_made_to_order": number % 6 == 0,
        "is_paused": number % 6 == 5,
        "is_sample": number % 5 == 0,
    }


def _shelf() -> dict[str, object]:
    categories = [
        {"url": f"#{slug}", "name": slug.replace("_", " ").title(), "slug": slug, "count": number + 1}
        for number, slug in enumerate(DRAWINGS)
    ]
    chips = [
        {"url": "#all", "name": "Everything", "current": True, "count": 270},
        {"url": "#food", "name": "Food", "current": False, "count": 65},
        {"url": "#craft", "name": "Crafts", "current": False, "count": 52},
        {"url": "#cloth", "name": "Cloth and clothes", "current": False, "count": None},
    ]
    stock = [
        {
            "upt_name": "Lapas Kelas IIB Garut",
            "url": "#1",
            "place": "Kabupaten Garut",
            "available": 12,
            "lead": "Sent within 2 days",
        },
        {"upt_name": "Lapas Kelas IIA Karawang", "url": "#2", "place": None, "available": 0, "lead": None},
    ]
    return {
        "products": sample_shelf(22),
        "categories": categories,
        "chips": chips,
        "stock": stock,
        "icons": tuple(ICONS),
    }


def _enquiry() -> dict[str, object]:
    week = [
        WeekSlot("Lapas Perempuan Kelas IIA Malang", "lpp-malang", "35", day, time(9), time(10, 30), 2, True)
        for day in (2, 4)
    ]
    terms = Terms(
        place_id="Salon di halaman depan", place_en="Salon in the front yard", notice_days=3, is_sample=True
    )
    at = datetime(2025, 11, 3, 7, 5, tzinfo=UTC)
    upt = "Lapas Perempuan Kelas IIA Malang"
    return {
        "name_board": Terms(
            own_text_label_id="Nama pada papan", own_text_label_en="Name on the board", own_text_most=24
        ),
        "asking": Asking("booking", terms, week),
        "service": {"slug": "potong-rambut", "kind": "service", "export_markets": ()},
        "done": DONE,
        "review": ShownReview(
            stars=4,
            body="Rotinya lembut, kemasannya rapi.",
            locale="id",
            author="Sari D.",
            upt_name="Lapas Kelas IIA Bandung",
            at=at,
            answer="Terima kasih, Ibu Sari!",
        ),
        "thread": [
            MessageView(1, "customer", "message", "May we come with two people?", "", "customer", at),
            MessageView(2, "staff", "confirmed", "You are welcome.", upt, "Asep", at),
        ],
    }


def _order() -> dict[str, object]:
    lines = [
        {"name": "Gula Semut Jahe Merah", "variant": "250 g", "quantity": 3, "total": 75000},
        {"name": "Kopi Adirejo", "variant": None, "quantity": 1, "total": 50000},
    ]
    parcels = [
        {
            "number": number,
            "count": 2,
            "upt_name": upt_name,
            "place": "Kabupaten Lahat",
            "lines": lines[:number],
            "shipping": 21500,
            "promised": "3 December 2025",
            "state": state,
            "courier": "JNE REG" if state else None,
            "tracking": "JP0123456789" if state else None,
        }
        for number, upt_name, state in (
            (1, "Lapas Kelas IIA Lahat", None),
            (2, "Lapas Kelas IIB Kotaagung", "shipped"),
        )
    ]
    at = datetime(2025, 11, 3, 7, 5, tzinfo=UTC)
    steps = [
        {"title": "Order received", "at": at, "note": None, "state": "done"},
        {"title": "Paid", "at": at, "note": "By bank transfer", "state": "done"},
        {"title": "Packed", "at": None, "note": "The unit has two days for it", "state": "current"},
        {"title": "On its way", "at": None, "note": None, "state": "todo"},
    ]
    papers = [
        PaperRow(UUID(int=1), "INV/LPS-GARUT/2026/000001", "invoice", "LP-7K2M9QXA-1", 143_000, at.date()),
        PaperRow(UUID(int=2), "CN/LPS-GARUT/2026/000001", "credit_note", "LP-7K2M9QXA-1", 25_000, at.date()),
    ]
    pause = ToldPause(Told("Our kitchen is being mended.", "en"), at.date())
    return {
        "parcels": parcels,
        "steps": steps,
        "papers": papers,
        "paper_address": lambda _: "#",
        "pause": pause,
    }

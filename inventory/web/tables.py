"""What lies on the shelves, its batches and its prices as files for spreadsheets."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import gettext, lazy_gettext

from accounts.web.guards import staff_page
from accounts.web.session import current_actor
from inventory.queries.exported import BatchLine, PriceLine, batch_rows, price_rows, shelf_rows
from inventory.queries.permits import StaffPermit, permit_rows
from inventory.queries.staff import ShelfRow
from inventory.web.permit_words import KIND_NAMES
from inventory.web.permits import STANDINGS, asked_permits
from inventory.web.stock import asked_show, asked_words
from kernel.clock import jakarta_day, now
from kernel.db import reading_session
from kernel.i18n import locale_code
from kernel.sheets import Column, sheet_answer

blueprint = Blueprint("tables", __name__)


@blueprint.get("/staff/stok/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def shelves(ending: str) -> Response:
    """Every shelf that the list shows."""
    rows = shelf_rows(reading_session(), current_actor(), words=asked_words(), show=asked_show())
    return sheet_answer("stok", ending, SHELF_COLUMNS, rows)


@blueprint.get("/staff/stok/produksi/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def batches(ending: str) -> Response:
    """Every production batch of what the list shows."""
    rows = batch_rows(reading_session(), current_actor(), words=asked_words())
    return sheet_answer("produksi", ending, _BATCH_COLUMNS, rows)


@blueprint.get("/staff/stok/harga/unduh.<any(csv, xlsx):ending>")
@staff_page("stock.see")
def prices(ending: str) -> Response:
    """Every product of the reader's UPTs with its variants and prices."""
    rows = price_rows(reading_session(), current_actor(), locale_code(), words=asked_words())
    return sheet_answer("barang-harga", ending, _PRICE_COLUMNS, rows)


@blueprint.get("/staff/izin/unduh.<any(csv, xlsx):ending>")
@staff_page("permit.see")
def permits(ending: str) -> Response:
    """Every permit that the list shows."""
    words, show = asked_permits()
    today = jakarta_day(now())
    rows = permit_rows(reading_session(), current_actor(), words=words, show=show, today=today)
    return sheet_answer("izin", ending, _PERMIT_COLUMNS, rows)


SHELF_COLUMNS = (
    Column[ShelfRow](lazy_gettext("Code of the UPT"), lambda row: row.upt_code),
    Column[ShelfRow](lazy_gettext("UPT"), lambda row: row.upt_name),
    Column[ShelfRow]("SKU", lambda row: row.sku),
    Column[ShelfRow](lazy_gettext("Product"), lambda row: row.product),
    Column[ShelfRow](lazy_gettext("Variant"), lambda row: row.variant),
    Column[ShelfRow](lazy_gettext("Unit"), lambda row: row.unit),
    Column[ShelfRow](lazy_gettext("On the shelf"), lambda row: row.on_hand),
    Column[ShelfRow](lazy_gettext("Held for orders"), lambda row: row.reserved),
    Column[ShelfRow](lazy_gettext("Available"), lambda row: row.available),
    Column[ShelfRow](lazy_gettext("On the way"), lambda row: row.coming),
    Column[ShelfRow](lazy_gettext("At fairs and outlets"), lambda row: row.away),
)

_BATCH_COLUMNS = (
    Column[BatchLine](lazy_gettext("Code of the UPT"), lambda row: row.upt_code),
    Column[BatchLine](lazy_gettext("UPT"), lambda row: row.upt_name),
    Column[BatchLine]("SKU", lambda row: row.sku),
    Column[BatchLine](lazy_gettext("Product"), lambda row: row.product),
    Column[BatchLine](lazy_gettext("Variant"), lambda row: row.variant),
    Column[BatchLine](lazy_gettext("Code of the batch"), lambda row: row.code),
    Column[BatchLine](lazy_gettext("Made on"), lambda row: row.made_on),
    Column[BatchLine](lazy_gettext("Keeps until"), lambda row: row.expires_on),
    Column[BatchLine](lazy_gettext("Passed"), lambda row: row.passed),
    Column[BatchLine](lazy_gettext("Passed after rework"), lambda row: row.reworked),
    Column[BatchLine](lazy_gettext("Failed"), lambda row: row.failed),
    Column[BatchLine](lazy_gettext("On the shelf"), lambda row: row.remaining),
    Column[BatchLine](lazy_gettext("People who worked on it"), lambda row: row.people),
    Column[BatchLine](lazy_gettext("Hours of work"), lambda row: row.hours),
    Column[BatchLine](lazy_gettext("Noted by"), lambda row: row.actor_label),
)

_PRICE_COLUMNS = (
    Column[PriceLine]("SKU", lambda row: row.sku),
    Column[PriceLine](lazy_gettext("Product"), lambda row: row.product),
    Column[PriceLine](lazy_gettext("Variant"), lambda row: row.variant),
    Column[PriceLine](lazy_gettext("Category"), lambda row: row.category),
    Column[PriceLine](lazy_gettext("Unit"), lambda row: row.unit),
    Column[PriceLine](lazy_gettext("Price (rupiah)"), lambda row: row.price),
    Column[PriceLine](lazy_gettext("Weight (g)"), lambda row: row.weight_g),
    Column[PriceLine](lazy_gettext("Length (mm)"), lambda row: row.length_mm),
    Column[PriceLine](lazy_gettext("Width (mm)"), lambda row: row.width_mm),
    Column[PriceLine](lazy_gettext("Height (mm)"), lambda row: row.height_mm),
    Column[PriceLine](lazy_gettext("Made at"), lambda row: row.makers),
    Column[PriceLine](
        lazy_gettext("Withdrawn"), lambda row: gettext("Yes") if row.is_withdrawn else gettext("No")
    ),
)

_PERMIT_COLUMNS = (
    Column[StaffPermit](lazy_gettext("Code of the UPT"), lambda row: row.upt_code),
    Column[StaffPermit](lazy_gettext("UPT"), lambda row: row.upt_name),
    Column[StaffPermit](lazy_gettext("Permit"), lambda row: str(KIND_NAMES[row.kind])),
    Column[StaffPermit](lazy_gettext("Number"), lambda row: row.number),
    Column[StaffPermit](lazy_gettext("Name"), lambda row: row.title),
    Column[StaffPermit](
        lazy_gettext("Products it covers"), lambda row: ", ".join(each.name for each in row.products)
    ),
    Column[StaffPermit](lazy_gettext("Issued on"), lambda row: row.issued_on),
    Column[StaffPermit](lazy_gettext("Valid until"), lambda row: row.expires_on),
    Column[StaffPermit](lazy_gettext("Standing"), lambda row: str(STANDINGS[row.standing][0])),
)

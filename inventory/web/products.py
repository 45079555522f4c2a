"""Products for officers: the list, one product with what is not published yet, and what is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast, get_args

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from accounts.web.audit import ACTIONS
from accounts.web.filterable import filterable
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import ProductDecided, ProductIncomplete, ProductRefused, ProductShared
from inventory.queries.drafts import (
    StaffProduct,
    category_names,
    rests_unpermitted,
    staff_product,
    writing_upts,
)
from inventory.queries.product_history import history_of
from inventory.queries.product_list import ProductCard, Show, all_products_for, draft_counts, products_for
from inventory.rules import parse_pieces
from inventory.services import beginning, drafting, publishing
from inventory.web.product_forms import CopyForm, DecisionForm, ReturnForm
from inventory.web.product_words import (
    STANDINGS,
    category_name,
    field_words,
    missing_words,
    value_words,
    variant_words,
)
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.i18n import locale_code
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of

blueprint = Blueprint("products", __name__)
blueprint.context_processor(staff_frame)

SHOWN = {
    "all": lazy_gettext("All"),
    "proposed": lazy_gettext("Waits for review"),
    "returned": lazy_gettext("Sent back"),
    "draft": lazy_gettext("Drafts"),
    "in_shop": lazy_gettext("In the shop"),
    "archived": lazy_gettext("Not in the shop"),
}

_MOST_PAGES = 10_000

_COLUMNS = (
    Column[ProductCard](lazy_gettext("Product"), lambda row: row.name),
    Column[ProductCard](lazy_gettext("Category"), lambda row: row.category),
    Column[ProductCard](lazy_gettext("Made at"), lambda row: row.makers),
    Column[ProductCard](lazy_gettext("Standing"), lambda row: STANDINGS[row.standing][0]),
    Column[ProductCard](
        lazy_gettext("In the shop"), lambda row: gettext("Yes") if row.is_in_shop else gettext("No")
    ),
)


@blueprint.get("/staff/produk")
@filterable(lazy_gettext("Products"), "q", "show")
@staff_page("product.see")
def products() -> str:
    """What the UPTs of the reader make, by name."""
    words, show = _asked()
    page = min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
    session, actor = reading_session(), current_actor()
    return render_template(
        "inventory/products.html",
        found=products_for(session, actor, locale_code(), words=words, show=show, page=page),
        counts=draft_counts(session, actor),
        upts=writing_upts(session, actor),
        words=words,
        show=show,
        choices=SHOWN,
        standings=STANDINGS,
        shows_upt=not actor.has_one_upt,
    )


@blueprint.get("/staff/produk/unduh.<any(csv, xlsx):ending>")
@staff_page("product.see")
def kept(ending: str) -> Response:
    """Every product that the list shows, as a file."""
    words, show = _asked()
    rows = all_products_for(reading_session(), current_actor(), locale_code(), words=words, show=show)
    return sheet_answer("barang", ending, _COLUMNS, rows)


@blueprint.get("/staff/produk/<slug>")
@staff_page("product.see")
def product(slug: str) -> str:
    """One product: what it says, what waits, what is to be done, and what was done to it."""
    return page(slug)


@blueprint.post("/staff/produk/<slug>/ajukan")
@staff_page("product.work")
def propose(slug: str) -> BaseResponse:
    """Put a draft forward for the shop."""
    mark = DecisionForm().mark.data or ""
    try:
        with transaction() as session:
            drafting.propose_product(session, slug, mark=mark, actor=current_actor(), at=now())
        flash(gettext("Put forward. It is in the shop once head office has published it."), "good")
    except (ProductDecided, ProductIncomplete) as refusal:
        flash(sentence(refusal), "bad")
    return _back(slug)


@blueprint.post("/staff/produk/<slug>/batalkan")
@staff_page("product.work")
def discard(slug: str) -> BaseResponse:
    """Drop what is not published."""
    mark = DecisionForm().mark.data or ""
    try:
        with transaction() as session:
            drafting.discard_draft(session, slug, mark=mark, actor=current_actor(), at=now())
        flash(gettext("The changes are dropped. The shop shows the product as before."), "good")
    except ProductDecided as refusal:
        flash(sentence(refusal), "bad")
    return _back(slug)


@blueprint.post("/staff/produk/<slug>/arsip")
@staff_page("product.work")
def archive(slug: str) -> BaseResponse:
    """Take a product out of the shop."""
    try:
        with transaction() as session:
            publishing.archive_product(session, slug, actor=current_actor(), at=now())
        flash(gettext("Laid aside. Orders that were placed are sent as promised."), "good")
    except (ProductDecided, ProductShared) as refusal:
        flash(sentence(refusal), "bad")
    return _back(slug)


@blueprint.post("/staff/produk/<slug>/lanjutkan")
@staff_page("product.work")
def resume(slug: str) -> BaseResponse:
    """Take up a product that was laid aside."""
    try:
        with transaction() as session:
            drafting.resume_product(session, slug, actor=current_actor(), at=now())
        flash(gettext("Taken up again as a draft. Look it over and put it forward."), "good")
    except ProductDecided as refusal:
        flash(sentence(refusal), "bad")
    return _back(slug)


@blueprint.post("/staff/produk/<slug>/salin")
@staff_page("product.work")
def copy(slug: str) -> BaseResponse | tuple[str, int]:
    """Begin another product from this one."""
    form = CopyForm()
    staff_product(reading_session(), current_actor(), slug)
    if not form.validate():
        return page(slug, copying=form), 422
    name = " ".join(form.name.data.split())
    try:
        with transaction() as session:
            copied = beginning.copy_product(session, slug, name, actor=current_actor(), at=now())
    except ProductRefused as refusal:
        form.point_out(refusal)
        return page(slug, copying=form), status_of(refusal)
    flash(gettext("Begun. Photographs and permits are its own: add them here."), "good")
    return _back(copied)


@blueprint.post("/staff/produk/<slug>/terbitkan")
@staff_page("product.publish")
def publish(slug: str) -> BaseResponse:
    """Bring what was put forward into the shop."""
    mark = DecisionForm().mark.data or ""
    try:
        with transaction() as session:
            publishing.publish_product(session, slug, mark=mark, actor=current_actor(), at=now())
            rests = rests_unpermitted(session, slug)
        if rests:
            said = gettext(
                "Published. The shop shows it once a permit that its category asks for is checked."
            )
            flash(said, "info")
        else:
            flash(gettext("Published: the shop shows it now."), "good")
    except (ProductDecided, ProductIncomplete) as refusal:
        flash(sentence(refusal), "bad")
    return _back(slug)


@blueprint.post("/staff/produk/<slug>/kembalikan")
@staff_page("product.review")
def send_back(slug: str) -> BaseResponse | tuple[str, int]:
    """Send what was put forward back for a reason."""
    form = ReturnForm()
    if not form.validate():
        return page(slug, returning=form), 422
    refusal = " ".join(form.refusal.data.split())
    try:
        with transaction() as session:
            publishing.return_product(
                session, slug, refusal, mark=form.mark.data or "", actor=current_actor(), at=now()
            )
        flash(gettext("Sent back. The UPT reads why."), "good")
    except ProductDecided as problem:
        flash(sentence(problem), "bad")
    return _back(slug)


def page(slug: str, *, copying: CopyForm | None = None, returning: ReturnForm | None = None) -> str:
    """The page of one product; a form that was refused is shown with what is wrong."""
    session, actor = reading_session(), current_actor()
    found = staff_product(session, actor, slug)
    categories = category_names(session)

    def words(field: str, value: object) -> str:
        return value_words(field, value, categories)  # type: ignore[arg-type]  # as the audit log has it

    return render_template(
        "inventory/product.html",
        product=found,
        standing=STANDINGS[found.standing],
        category=category_name(categories, found.sheet["category"]),
        waiting=_waiting(found, words),
        missing=[missing_words(found, field) for field in found.missing],
        variants=[(variant, variant_words(found, variant)) for variant in found.variants],
        may_publish=found.state == "proposed" and found.may(actor, "product.publish"),
        may_return=found.state == "proposed" and found.may(actor, "product.review"),
        history=history_of(session, actor, found.id, slug),
        field_words=lambda field: field_words(found, field),
        value_words=words,
        actions=ACTIONS,
        copying=copying or CopyForm(formdata=None, name=found.name),
        returning=returning or ReturnForm(formdata=None, mark=found.mark),
    )


def _waiting(found: StaffProduct, words: Callable[[str, object], str]) -> list[tuple[str, str, str]]:
    """What would read differently once it is published: label, now, then; what is empty twice is left out."""
    fields = [field for field in found.sheet if field in found.changes]
    rows = [
        (field_words(found, field), words(field, found.live.get(field)), words(field, found.changes[field]))
        for field in fields
    ]
    return [row for row in rows if row[1] != row[2]]


def _asked() -> tuple[str, Show]:
    """The words and the standing by which the list is narrowed."""
    asked = request.args.get("show", "all")
    return request.args.get("q", "").strip()[:200], cast(Show, asked if asked in get_args(Show) else "all")


def _back(slug: str) -> BaseResponse:
    return redirect(url_for("products.product", slug=slug), 303)

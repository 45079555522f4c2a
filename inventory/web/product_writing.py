"""The pages on which an officer writes a product: begins it, tells of it, and describes its variants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.categories import FOOD_CATEGORIES
from inventory.errors import (
    ProductChanged,
    ProductDecided,
    ProductNotFound,
    ProductRefused,
    TooManyVariants,
)
from inventory.product_sheet import COST_FIELDS, is_new
from inventory.queries.drafts import (
    MakingUpt,
    StaffProduct,
    category_names,
    staff_product,
    writing_upts,
)
from inventory.queries.product_history import history_of, last_writers
from inventory.services import beginning, drafting
from inventory.web.product_forms import (
    DecisionForm,
    NewForm,
    SheetForm,
    TextsForm,
    VariantForm,
    category_choices,
)
from inventory.web.product_words import variant_words
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.web import sentence, status_of

blueprint = Blueprint("product_writing", __name__)
blueprint.context_processor(staff_frame)

Answer = BaseResponse | tuple[str, int]


@blueprint.get("/staff/produk-baru")
@staff_page("product.work")
def new() -> str:
    """The form with which a product of a UPT of the reader's begins."""
    form = NewForm(formdata=None, kind="good")
    return _new_page(_upt(), form)


@blueprint.post("/staff/produk-baru")
@staff_page("product.work")
def add() -> Answer:
    """Begin a product."""
    upt, form = _upt(), NewForm()
    form.category.choices = category_choices(category_names(reading_session()))
    if not form.validate():
        return _new_page(upt, form), 422
    name = " ".join(form.name.data.split())
    try:
        with transaction() as session:
            slug = beginning.add_product(
                session,
                upt.code,
                name=name,
                category=form.category.data,
                kind=form.kind.data,
                actor=current_actor(),
                at=now(),
            )
    except ProductRefused as refusal:
        form.point_out(refusal)
        return _new_page(upt, form), status_of(refusal)
    flash(gettext("Begun. Nobody sees it yet: tell of it, then put it forward."), "good")
    return redirect(url_for("products.product", slug=slug), 303)


@blueprint.get("/staff/produk/<slug>/ubah")
@staff_page("product.work")
def texts(slug: str) -> str:
    """The form for what is told of a product."""
    product = _own(slug)
    form = TextsForm(formdata=None)
    form.offer(category_names(reading_session()), may_change_kind=not product.was_published)
    form.fill(product.sheet)
    return _texts_page(product, form)


@blueprint.post("/staff/produk/<slug>/ubah")
@staff_page("product.work")
def write_texts(slug: str) -> Answer:
    """Save what is told of a product."""
    product = _own(slug)
    form = TextsForm()
    form.offer(category_names(reading_session()), may_change_kind=not product.was_published)
    return _save(product, form, "", lambda **shown: _texts_page(product, form, **shown))


@blueprint.get("/staff/produk/<slug>/varian/<variant>")
@staff_page("product.work")
def variant(slug: str, variant: str) -> str:
    """The form for one variant."""
    product = _own(slug)
    _known(product, variant)
    form = VariantForm(formdata=None)
    form.fill(product.sheet, variant)
    return _variant_page(product, variant, form)


@blueprint.post("/staff/produk/<slug>/varian/<variant>")
@staff_page("product.work")
def write_variant(slug: str, variant: str) -> Answer:
    """Save one variant."""
    product = _own(slug)
    if not is_new(variant):
        _known(product, variant)
    form = VariantForm()
    return _save(product, form, variant, lambda **shown: _variant_page(product, variant, form, **shown))


@blueprint.get("/staff/produk/<slug>/varian-baru")
@staff_page("product.work")
def new_variant(slug: str) -> str:
    """The form for one more variant."""
    return _variant_page(_own(slug), "", VariantForm(formdata=None))


@blueprint.post("/staff/produk/<slug>/varian-baru")
@staff_page("product.work")
def add_variant(slug: str) -> Answer:
    """Write one more variant."""
    product, form = _own(slug), VariantForm()
    if not form.validate():
        return _variant_page(product, "", form), 422
    try:
        with transaction() as session:
            written = drafting.add_variant(session, slug, form.written(), actor=current_actor(), at=now())
    except ProductRefused as refusal:
        form.point_out(refusal)
        return _variant_page(product, "", form), status_of(refusal)
    except (ProductDecided, TooManyVariants) as refusal:
        flash(sentence(refusal), "bad")
        return _back(slug)
    return _done(slug, written)


@blueprint.post("/staff/produk/<slug>/varian/<variant>/hapus")
@staff_page("product.work")
def drop_variant(slug: str, variant: str) -> BaseResponse:
    """Strike out a variant that is not in the shop yet."""
    mark = DecisionForm().mark.data or ""
    try:
        with transaction() as session:
            drafting.drop_variant(session, slug, variant, mark=mark, actor=current_actor(), at=now())
        flash(gettext("The variant is struck out."), "good")
    except ProductDecided as refusal:
        flash(sentence(refusal), "bad")
    return _back(slug)


def _save(product: StaffProduct, form: SheetForm, variant: str, page: Callable[..., str]) -> Answer:
    """Save a valid form, or show it again with what is wrong or what others wrote meanwhile."""
    if not form.validate():
        return page(), 422
    slug, actor = product.slug, current_actor()
    seen = form.opened_with(variant)
    try:
        with transaction() as session:
            written = drafting.write_product(
                session, slug, form.written(variant), seen=seen, actor=actor, at=now()
            )
    except ProductRefused as refusal:
        form.point_out(refusal)
        return page(), status_of(refusal)
    except ProductChanged as refusal:
        merge, session = refusal.parameters["merge"], reading_session()
        writers = last_writers(history_of(session, actor, product.id, slug), merge.theirs)
        taken_over = form.bring_together(merge, writers, category_names(session))
        return page(changed=sentence(refusal), taken_over=taken_over), status_of(refusal)
    except ProductDecided as refusal:
        flash(sentence(refusal), "bad")
        return _back(slug)
    return _done(slug, written)


def _done(slug: str, written: drafting.Written) -> BaseResponse:
    if written.waits and written.at_once:
        flash(
            gettext("Saved. Measures and terms count already; the rest waits until you put it forward."),
            "good",
        )
    elif written.waits:
        flash(gettext("Saved as a draft. Put it forward when it is ready."), "good")
    elif written.at_once:
        flash(gettext("Saved. It counts at once."), "good")
    else:
        flash(gettext("Nothing was changed."), "info")
    return _back(slug)


def _back(slug: str) -> BaseResponse:
    return redirect(url_for("products.product", slug=slug), 303)


def _upt() -> MakingUpt:
    """The UPT named in the address, or the reader's only one. Raises ProductNotFound."""
    code = request.args.get("upt")
    upts = writing_upts(reading_session(), current_actor())
    found = next((upt for upt in upts if code in (None, upt.code)), None)
    if found is None:
        raise ProductNotFound
    return found


def _own(slug: str) -> StaffProduct:
    """A product of the reader's own UPT. Raises ProductNotFound."""
    product = staff_product(reading_session(), current_actor(), slug)
    if product.own is None:
        raise ProductNotFound
    return product


def _known(product: StaffProduct, variant: str) -> None:
    if variant not in product.variants:
        raise ProductNotFound


def _new_page(upt: MakingUpt, form: NewForm) -> str:
    form.category.choices = category_choices(category_names(reading_session()))
    return render_template("inventory/product_new.html", upt=upt, form=form)


def _texts_page(product: StaffProduct, form: TextsForm, **shown: Any) -> str:
    is_food = product.sheet["category"] in FOOD_CATEGORIES
    return render_template(
        "inventory/product_texts.html", product=product, form=form, is_food=is_food, **shown
    )


def _variant_page(product: StaffProduct, variant: str, form: VariantForm, **shown: Any) -> str:
    return render_template(
        "inventory/product_variant.html",
        product=product,
        variant=variant,
        name=variant_words(product, variant) if variant in product.variants else gettext("New variant"),
        may_drop=bool(variant) and is_new(variant) and variant in product.variants,
        form=form,
        cost_fields=COST_FIELDS,
        **shown,
    )

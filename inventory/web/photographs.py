"""Photographs for officers: a UPT sends them in and puts them in order, an office above looks at them."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import PhotographKnown, PictureRefused, TooManyPhotographs
from inventory.images import MOST_BYTES, TakenPicture, take_in
from inventory.queries.photographs import (
    ProductCounts,
    all_products_for,
    file_for,
    photographs_for,
    product_for,
    products_for,
)
from inventory.rules import (
    LEAST_PHOTOGRAPH_SIDE,
    LONGEST_ALT,
    LONGEST_REFUSAL,
    MOST_PHOTOGRAPHS,
    PHOTOGRAPH_KINDS,
    PHOTOGRAPH_WIDTHS,
    parse_pieces,
)
from inventory.services import photographs as service
from inventory.web.stock import asked_words
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.files import FilesUnavailable, files
from kernel.sheets import Column, sheet_answer
from kernel.web import accepts_uploads, sentence, status_of, upload_is_too_heavy

blueprint = Blueprint("photographs", __name__)
blueprint.context_processor(staff_frame)

PREVIEWS = "/staff/foto/berkas"
MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}

STATES = {
    "making": lazy_gettext("Being prepared"),
    "waiting": lazy_gettext("Waits for review"),
    "published": lazy_gettext("Shown in the shop"),
    "refused": lazy_gettext("Refused"),
}

_MOST_PAGES = 10_000
_STEPS = len(PHOTOGRAPH_KINDS) * len(PHOTOGRAPH_WIDTHS)
_ALT_SHORT = lazy_gettext("Say it in %(most)s characters at most.", most=LONGEST_ALT)
_PER_CENT = lazy_gettext("Enter a whole number from 0 to 100.")


class AltForm(FlaskForm):
    """What a photograph shows, for those who do not see it."""

    class Meta:
        csrf = False

    alt_id = StringField(
        lazy_gettext("What it shows, in Indonesian"),
        [
            InputRequired(lazy_gettext("Say what the photograph shows.")),
            Length(max=LONGEST_ALT, message=_ALT_SHORT),
        ],
        description=lazy_gettext("For those who do not see it: “Three bars of soap on a wooden board”."),
        render_kw={"maxlength": LONGEST_ALT},
    )
    alt_en = StringField(
        lazy_gettext("The same in English"),
        [Length(max=LONGEST_ALT, message=_ALT_SHORT)],
        render_kw={"maxlength": LONGEST_ALT},
    )


class UploadForm(AltForm):
    """A photograph, and the word of its sender that nobody can be recognised on it."""

    file = FileField(
        lazy_gettext("Photograph"),
        [InputRequired(lazy_gettext("Choose a photograph."))],
        description=lazy_gettext(
            "JPEG, PNG or WebP, at most %(megabytes)s MB; its shorter side has %(least)s pixels or more.",
            megabytes=MOST_BYTES // 1_000_000,
            least=LEAST_PHOTOGRAPH_SIDE,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )
    nobody = BooleanField(
        lazy_gettext("Nobody can be recognised on it: no face, no name, no number"),
        [InputRequired(lazy_gettext("A photograph with a recognisable person cannot be taken."))],
    )


class DescribeForm(AltForm):
    """What a photograph shows and where its focal point lies, in per cent from its upper left corner."""

    focal_x = IntegerField(
        lazy_gettext("From the left, per cent"),
        [InputRequired(_PER_CENT), NumberRange(0, 100, message=_PER_CENT)],
    )
    focal_y = IntegerField(
        lazy_gettext("From above, per cent"),
        [InputRequired(_PER_CENT), NumberRange(0, 100, message=_PER_CENT)],
    )


class ReviewForm(FlaskForm):
    """Publish, having seen that nobody can be recognised; or refuse, and say why."""

    class Meta:
        csrf = False

    nobody = BooleanField(lazy_gettext("I looked: nobody can be recognised on it"))
    refusal = TextAreaField(
        lazy_gettext("Why it cannot be shown"),
        [
            MayBeEmpty(),
            Length(
                max=LONGEST_REFUSAL,
                message=lazy_gettext("Say it in %(most)s characters at most.", most=LONGEST_REFUSAL),
            ),
        ],
        render_kw={"maxlength": LONGEST_REFUSAL, "rows": 2},
    )


@blueprint.get("/staff/foto")
@staff_page("photograph.see")
def products() -> str:
    """The products of the reader's UPTs, those with something to review first."""
    words = asked_words()
    page = min(max(parse_pieces(request.args.get("page", "1")) or 1, 1), _MOST_PAGES)
    found = products_for(reading_session(), current_actor(), words=words, page=page)
    return render_template("inventory/photograph_products.html", found=found, words=words)


@blueprint.get("/staff/foto/unduh.<any(csv, xlsx):ending>")
@staff_page("photograph.see")
def export(ending: str) -> Response:
    """The same products as a file."""
    rows = all_products_for(reading_session(), current_actor(), words=asked_words())
    return sheet_answer("foto", ending, _COLUMNS, rows)


_COLUMNS = (
    Column[ProductCounts](lazy_gettext("Product"), lambda row: row.name),
    Column[ProductCounts](STATES["published"], lambda row: row.published),
    Column[ProductCounts](STATES["waiting"], lambda row: row.waiting),
)


@blueprint.get("/staff/foto/produk/<slug>")
@staff_page("photograph.see")
def product(slug: str) -> str:
    """The photographs of a product, and the form for one more."""
    return _page(slug, UploadForm(formdata=None))


@blueprint.post("/staff/foto/produk/<slug>/kirim")
@staff_page("photograph.work")
@accepts_uploads(MOST_BYTES)
def upload(slug: str) -> BaseResponse | tuple[str, int]:
    """Take a photograph in; the worker makes the files of it."""
    found = product_for(reading_session(), current_actor(), slug)
    if upload_is_too_heavy():
        form = UploadForm(formdata=None)
        return _refused(
            slug, form, PictureRefused("picture_too_heavy", megabytes=MOST_BYTES // 1_000_000), 413
        )
    form = UploadForm()
    if not form.validate():
        return _page(found.slug, form), 422
    try:
        _keep(found.slug, form)
    except (PictureRefused, TooManyPhotographs, PhotographKnown, FilesUnavailable) as refusal:
        return _refused(found.slug, form, refusal, status_of(refusal))
    flash(gettext("The photograph is being prepared; then an office looks at it."), "good")
    return _back(found.slug)


@blueprint.post("/staff/foto/<uuid:key>/ubah")
@staff_page("photograph.work")
def describe(key: UUID) -> BaseResponse:
    """Change what is said of a photograph, and its focal point."""
    form = DescribeForm()
    is_right = form.validate()
    with transaction() as session:
        slug = (
            service.describe_photograph(
                session,
                key,
                alt_id=form.alt_id.data.strip(),
                alt_en=(form.alt_en.data or "").strip(),
                focal=(form.focal_x.data, form.focal_y.data),
                actor=current_actor(),
                at=now(),
            )
            if is_right
            else service.slug_of(session, key, actor=current_actor())
        )
    if is_right:
        flash(gettext("Saved."), "good")
    else:
        wrong = [
            f"{form[name].label.text}: {' '.join(errors)}" for name, errors in form.errors.items() if name
        ]
        flash(gettext("Nothing was saved. %(wrong)s", wrong=" ".join(wrong)), "bad")
    return _back(slug)


@blueprint.post("/staff/foto/<uuid:key>/pindah")
@staff_page("photograph.work")
def move(key: UUID) -> BaseResponse:
    """Put a photograph at another place among those of its product."""
    place = parse_pieces(request.form.get("place", "")) or 1
    with transaction() as session:
        slug = service.move_photograph(session, key, place, actor=current_actor(), at=now())
    return _back(slug)


@blueprint.post("/staff/foto/<uuid:key>/hapus")
@staff_page("photograph.work")
def remove(key: UUID) -> BaseResponse:
    """Delete a photograph."""
    with transaction() as session:
        slug = service.remove_photograph(session, key, actor=current_actor(), at=now())
    flash(gettext("The photograph is deleted."), "good")
    return _back(slug)


@blueprint.post("/staff/foto/<uuid:key>/tinjau")
@staff_page("photograph.review")
def review(key: UUID) -> BaseResponse:
    """Publish a photograph or refuse it."""
    form = ReviewForm()
    is_refusal = request.form.get("decision") == "refuse"
    refusal = (form.refusal.data or "").strip() if is_refusal else ""
    is_right = form.validate() and (bool(refusal) if is_refusal else bool(form.nobody.data))
    with transaction() as session:
        actor = current_actor()
        slug = (
            service.review_photograph(session, key, refusal=refusal, actor=actor, at=now())
            if is_right
            else service.slug_of(session, key, actor=actor)
        )
    if not is_right:
        flash(
            gettext("Say why it cannot be shown, in %(most)s characters at most.", most=LONGEST_REFUSAL)
            if is_refusal
            else gettext("Look at the photograph and tick that nobody can be recognised on it."),
            "bad",
        )
    else:
        flash(
            gettext("The photograph was refused.")
            if is_refusal
            else gettext("The photograph is shown in the shop."),
            "good",
        )
    return _back(slug)


@blueprint.get("/staff/foto/berkas/<uuid:key>/<string(maxlength=60):name>")
@staff_page("photograph.see")
def preview(key: UUID, name: str) -> Response:
    """A file of a photograph that may not be public yet."""
    path = f"photographs/{key}/{name}"
    file_for(reading_session(), current_actor(), path)
    return Response(files().get(path), mimetype=MEDIA_TYPES[name.rpartition(".")[2]])


def _keep(slug: str, form: UploadForm) -> None:
    """Redraw what was sent and keep it, then note it down. A picture that is refused leaves nothing."""
    sent: FileStorage = form.file.data
    with sent.stream:
        picture = take_in(
            sent.stream.read(),
            name=sent.filename or "",
            claimed=sent.mimetype,
            least_side=LEAST_PHOTOGRAPH_SIDE,
        )
    new = _new(picture, form)
    files().put(new.original, picture.content)
    try:
        with transaction() as session:
            service.add_photograph(session, slug, new, actor=current_actor(), at=now())
    except DomainError:
        files().delete(new.original)
        raise


def _new(picture: TakenPicture, form: UploadForm) -> service.NewPhotograph:
    key, content_hash = uuid4(), hashlib.sha256(picture.content).hexdigest()
    return service.NewPhotograph(
        key=key,
        original=f"photographs/{key}/{content_hash[:32]}.jpg",
        content_hash=content_hash,
        width=picture.width,
        height=picture.height,
        alt_id=form.alt_id.data.strip(),
        alt_en=(form.alt_en.data or "").strip(),
    )


def _refused(slug: str, form: UploadForm, refusal: DomainError, status: int) -> tuple[str, int]:
    form.file.errors = (*form.file.errors, sentence(refusal))
    return _page(slug, form), status


def _page(slug: str, form: UploadForm) -> str:
    session, actor = reading_session(), current_actor()
    found = product_for(session, actor, slug)
    shown, reviewer = photographs_for(session, actor, found.id), actor.only("photograph.review")
    if reviewer == actor:
        reviewed = shown
    else:  # some memberships of the reader do not review, or none does
        reviewed = photographs_for(session, reviewer, found.id) if reviewer.is_staff else []
    return render_template(
        "inventory/photographs.html",
        product=found,
        photographs=shown,
        form=form,
        states=STATES,
        steps=_STEPS,
        most=MOST_PHOTOGRAPHS,
        base=PREVIEWS,
        actor=actor,
        reviewed={each.key for each in reviewed},
        longest_alt=LONGEST_ALT,
        longest_refusal=LONGEST_REFUSAL,
    )


def _back(slug: str) -> BaseResponse:
    return redirect(url_for("photographs.product", slug=slug), 303)

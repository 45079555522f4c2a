"""The forms about permits: what stands on the paper, and what the office above says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import TypeVar
from uuid import UUID, uuid4

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import DateInput

from inventory.errors import (
    PermitCoversNothing,
    PermitFollows,
    PermitKnown,
    PermitNumberInvalid,
    PictureRefused,
)
from inventory.images import MOST_BYTES
from inventory.queries.permits import CoveredProduct
from inventory.queries.renewals import FollowedPermit
from inventory.rules import LONGEST_PERMIT_TITLE, LONGEST_REFUSAL, PERMIT_KINDS
from inventory.scans import TakenScan, take_in_scan
from inventory.services.permits import PermitEntry
from inventory.web.permit_words import KIND_NAMES
from kernel.errors import DomainError
from kernel.files import FilesUnavailable, kept
from kernel.forms import ChoicesField, validate_day, written_day
from kernel.i18n import long_date
from kernel.web import sentence, status_of, upload_is_too_heavy

Done = TypeVar("Done")

_LONGEST_WRITTEN = 60
_CHOOSE_KIND = lazy_gettext("Choose the kind of permit.")


def _named(permit: FollowedPermit) -> str:
    name = f"{KIND_NAMES[permit.kind]} {permit.number}"
    return str(gettext("%(permit)s, valid until %(day)s", permit=name, day=long_date(permit.expires_on)))


class PermitForm(FlaskForm):
    """What stands on the paper. Its rules are the service's, so that it says them only once."""

    class Meta:
        csrf = False

    kind = SelectField(
        lazy_gettext("Kind"),
        [InputRequired(_CHOOSE_KIND)],
        choices=[
            SelectChoice("", lazy_gettext("Choose")),
            *(SelectChoice(kind, KIND_NAMES[kind]) for kind in PERMIT_KINDS),
        ],
        invalid_choice_message=_CHOOSE_KIND,
    )
    number = StringField(
        lazy_gettext("Number"),
        [InputRequired(lazy_gettext("Write the number as it stands on the paper."))],
        description=lazy_gettext("As on the paper; spaces and dots do not matter."),
        render_kw={"maxlength": _LONGEST_WRITTEN, "autocomplete": "off"},
    )
    title = StringField(
        lazy_gettext("What it names"),
        [
            Length(
                max=LONGEST_PERMIT_TITLE,
                message=lazy_gettext("Say it in %(most)s characters at most.", most=LONGEST_PERMIT_TITLE),
            )
        ],
        description=lazy_gettext("The trade mark or the motif, if there is one."),
        render_kw={"maxlength": LONGEST_PERMIT_TITLE},
    )
    issued_on = StringField(lazy_gettext("Issued on"), [validate_day], widget=DateInput())
    expires_on = StringField(
        lazy_gettext("Valid until"),
        [validate_day],
        widget=DateInput(),
        description=lazy_gettext("Its last day; leave it empty if the paper names none."),
    )
    products = ChoicesField(
        lazy_gettext("Products it covers"),
        description=lazy_gettext("A NIB belongs to the institution: it covers no product."),
        invalid_choice_message=lazy_gettext("Choose products that your UPT makes."),
    )

    follows = SelectField(
        lazy_gettext("It follows"),
        default="",
        description=lazy_gettext("The permit that this one renews, if there is one."),
        invalid_choice_message=lazy_gettext("Choose one of your UPT's permits."),
    )
    scan = FileField(
        lazy_gettext("Scan of the paper"),
        description=lazy_gettext(
            "A photograph (JPEG, PNG, WebP) or a PDF, at most %(megabytes)s MB."
            " Only you and the offices above see it.",
            megabytes=MOST_BYTES // 1_000_000,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp,application/pdf"},
    )

    def offer(self, products: Iterable[CoveredProduct], permits: Sequence[FollowedPermit]) -> None:
        """Fill the lists of products, where those ticked before stay ticked, and of permits it may follow."""
        self.products.choices = [SelectChoice(product.slug, product.name) for product in products]
        named = [SelectChoice(str(permit.key), _named(permit)) for permit in permits]
        self.follows.choices = [SelectChoice("", gettext("No other permit")), *named]

    def entry(self, kind: str, scan_file: str) -> PermitEntry:
        """What a valid form says of a permit of this kind, with the file of the scan that was sent."""
        return PermitEntry(
            kind=kind,
            number=self.number.data,
            title=" ".join((self.title.data or "").split()),
            issued_on=written_day(self.issued_on),
            expires_on=written_day(self.expires_on),
            slugs=frozenset(self.products.data),
            follows=UUID(self.follows.data) if self.follows.data else None,
            scan_file=scan_file,
        )


class ReviewForm(FlaskForm):
    """Whether the paper says the same; `seen` is the mark of the entry that was compared with it."""

    class Meta:
        csrf = False

    seen = HiddenField()
    refusal = TextAreaField(
        lazy_gettext("What has to be put right"),
        [
            Length(
                max=LONGEST_REFUSAL,
                message=lazy_gettext("Say it in %(most)s characters at most.", most=LONGEST_REFUSAL),
            ),
        ],
        render_kw={"maxlength": LONGEST_REFUSAL, "rows": 2},
    )


def sent_form(stored: Mapping[str, object] | None = None) -> PermitForm:
    """The form that was sent; one with what is stored if its scan is so heavy that nothing was read."""
    return PermitForm(formdata=None, data=stored) if upload_is_too_heavy() else PermitForm()


def attempt(form: PermitForm, work: Callable[[str], Done]) -> tuple[Done | None, int]:
    """Do what a valid form asks, given the file of its scan; what it gave, and 200.

    None and the status once the reason stands beside its field, and no file is kept.
    """
    if upload_is_too_heavy():
        _beside(form.scan, PictureRefused("picture_too_heavy", megabytes=MOST_BYTES // 1_000_000))
        return None, 413
    if not form.validate():
        return None, 422
    try:
        taken = _taken(form.scan.data)
        keeping = kept(f"permits/{uuid4()}.{taken.ending}", taken.content) if taken else nullcontext("")
        with keeping as scan_file:
            return work(scan_file), 200
    except DomainError as problem:
        name = problem.parameters.get("field") or _FIELDS.get(type(problem))
        if name is None:
            raise
        _beside(form[name], problem)
        return None, status_of(problem)


_FIELDS: Mapping[type[DomainError], str] = {
    PermitNumberInvalid: "number",
    PermitKnown: "number",
    PermitCoversNothing: "products",
    PermitFollows: "follows",
    PictureRefused: "scan",
    FilesUnavailable: "scan",
}
"""Beside which field a refusal is said; one about days names its own."""


def _taken(sent: FileStorage | None) -> TakenScan | None:
    if not sent:
        return None
    with sent.stream as stream:
        return take_in_scan(stream.read(), name=sent.filename or "", claimed=sent.mimetype)


def _beside(field: Field, problem: DomainError) -> None:
    field.errors = (*field.errors, sentence(problem))

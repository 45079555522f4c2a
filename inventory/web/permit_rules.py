"""The rules about permits: every office reads them, head office writes them."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectChoice, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.errors import PermitDatesInvalid
from inventory.queries.permit_rules import CategoryRule, category_rule, category_rules
from inventory.rules import SELLING_KINDS
from inventory.services.permit_rules import set_permit_rule
from inventory.web.permit_words import KIND_NAMES
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.forms import ChoicesField, validate_day, written_day
from kernel.i18n import locale_code
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of

blueprint = Blueprint("permit_rules", __name__)
blueprint.context_processor(staff_frame)


class RuleForm(FlaskForm):
    """What goods of a category need, and from which day."""

    class Meta:
        csrf = False

    kinds = ChoicesField(
        lazy_gettext("Permits of which one is needed"),
        description=lazy_gettext("One of those you tick is enough. Without any, these goods need no permit."),
        choices=[SelectChoice(kind, KIND_NAMES[kind]) for kind in SELLING_KINDS],
    )
    since = StringField(
        lazy_gettext("Needed from"),
        [InputRequired(lazy_gettext("Say from which day the permit is needed.")), validate_day],
        widget=DateInput(),
        description=lazy_gettext("Choose a later day to give the UPTs time."),
    )


@blueprint.get("/staff/izin/aturan")
@staff_page("permit.see")
def rules() -> str:
    """Which goods need a permit before they are sold. One statement."""
    return render_template(
        "inventory/permit_rules.html",
        rules=category_rules(reading_session(), current_actor()),
        kinds=KIND_NAMES,
        locale=locale_code(),
        today=jakarta_day(now()),
        may_write=current_actor().may("permit.rule"),
    )


@blueprint.get("/staff/izin/aturan/unduh.<any(csv, xlsx):ending>")
@staff_page("permit.see")
def export(ending: str) -> Response:
    """The same rules as a file."""
    return sheet_answer("aturan-izin", ending, _COLUMNS, category_rules(reading_session(), current_actor()))


_COLUMNS = (
    Column[CategoryRule](lazy_gettext("Category"), lambda rule: rule.name(locale_code())),
    Column[CategoryRule](
        lazy_gettext("Needs one of"), lambda rule: ", ".join(str(KIND_NAMES[kind]) for kind in rule.kinds)
    ),
    Column[CategoryRule](lazy_gettext("Needed from"), lambda rule: rule.since),
    Column[CategoryRule](lazy_gettext("Products"), lambda rule: rule.goods),
    Column[CategoryRule](lazy_gettext("Resting now"), lambda rule: rule.resting),
)


@blueprint.get("/staff/izin/aturan/<slug>")
@staff_page("permit.rule")
def rule(slug: str) -> str:
    """The form for what goods of one category need."""
    found = category_rule(reading_session(), current_actor(), slug)
    since = found.since or jakarta_day(now())
    form = RuleForm(formdata=None, kinds=list(found.kinds), since=since.isoformat())
    return _page(slug, form)


@blueprint.post("/staff/izin/aturan/<slug>")
@staff_page("permit.rule")
def change(slug: str) -> BaseResponse | tuple[str, int]:
    """Write what goods of one category need."""
    form = RuleForm()
    if not form.validate():
        return _page(slug, form), 422
    since: date | None = written_day(form.since)
    try:
        with transaction() as session:
            set_permit_rule(session, slug, form.kinds.data or (), since, actor=current_actor(), at=now())
    except PermitDatesInvalid as problem:
        form.since.errors = (sentence(problem),)
        return _page(slug, form), status_of(problem)
    flash(gettext("Saved. Goods that lack the permit rest from that day on."), "good")
    return redirect(url_for("permit_rules.rules"), 303)


def _page(slug: str, form: RuleForm) -> str:
    return render_template(
        "inventory/permit_rule.html",
        rule=category_rule(reading_session(), current_actor(), slug),
        form=form,
        locale=locale_code(),
    )

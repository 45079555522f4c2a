"""The lists an officer has saved as they filtered them: saving one, finding all, removing one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from accounts.errors import FilterKnown, FilterNotFound, TooManyFilters
from accounts.queries.filters import filters_of
from accounts.rules import LONGEST_FILTER_NAME
from accounts.services.filters import remove_filter, save_filter
from accounts.web.filterable import filterable_lists
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.web import sentence, status_of

blueprint = Blueprint("saved_filters", __name__)
blueprint.context_processor(staff_frame)


class NameForm(FlaskForm):
    """What the list is to be called."""

    class Meta:
        csrf = False

    name = StringField(
        _("Name of the list"),
        [
            DataRequired(_("Give the list a name.")),
            Length(
                max=LONGEST_FILTER_NAME,
                message=_("Say it in %(most)s characters at most.", most=LONGEST_FILTER_NAME),
            ),
        ],
        filters=[lambda value: " ".join(value.split()) if value else ""],
        render_kw={"maxlength": LONGEST_FILTER_NAME, "autocomplete": "off"},
    )


@blueprint.get("/staff/daftar")
@staff_page("parcel.see")
def filters() -> str:
    """The reader's own lists; and the form for one more, where the address says which."""
    return _page(NameForm(formdata=None))


@blueprint.post("/staff/daftar")
@staff_page("parcel.see")
def save() -> Response | tuple[str, int]:
    """Save the list that the address names, with what the address chooses of it."""
    page, choices = _wanted()
    form = NameForm()
    if not form.validate():
        return _page(form), 422
    try:
        with transaction() as session:
            save_filter(session, page, form.name.data, choices, actor=current_actor(), at=now())
    except (FilterKnown, TooManyFilters) as refusal:
        form.name.errors = (sentence(refusal),)
        return _page(form), status_of(refusal)
    flash(gettext("The list is saved. It stands above this one from now on."), "good")
    return redirect(url_for(page, **choices), 303)


@blueprint.post("/staff/daftar/<uuid:key>/hapus")
@staff_page("parcel.see")
def remove(key: UUID) -> Response:
    """Forget one of the reader's lists."""
    with transaction() as session:
        remove_filter(session, key, actor=current_actor(), at=now())
    flash(gettext("The list is no longer saved."), "good")
    return redirect(url_for("saved_filters.filters"), 303)


def _wanted() -> tuple[str, dict[str, Any]]:
    """The list of ours that the address names, and what it chooses of it. Raises FilterNotFound."""
    page = request.args.get("daftar", "")
    known = filterable_lists().get(page)
    choices: dict[str, Any] = known.choices() if known else {}  # texts; the address takes more
    if not choices:
        raise FilterNotFound
    return page, choices


def _page(form: NameForm) -> str:
    wanted = _wanted() if "daftar" in request.args else None
    lists = filterable_lists()
    saved = filters_of(reading_session(), current_actor())
    return render_template(
        "accounts/saved_filters.html",
        form=form,
        wanted=wanted,
        lists=lists,
        saved=[row for row in saved if row.page in lists],
    )

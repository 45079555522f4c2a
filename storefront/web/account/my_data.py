"""What is held about a customer: a copy of it, and being forgotten, for who has just given the password."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField
from wtforms.validators import InputRequired

from accounts.web.guards import CONFIRM_PAGE, is_recently_confirmed, recently_confirmed
from accounts.web.session import forget_session
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.files import files
from kernel.i18n import locale_code
from kernel.web import sentence, status_of, to
from privacy.errors import MattersOpen, StaffAccount, TakeBackOpen
from privacy.queries import newest_export, open_matters, person_of, ready_export
from privacy.registry import PERSONAL
from privacy.services.erasing import erase
from privacy.services.exporting import ask_export, file_key
from storefront.web.account.guards import customer_page, signed_in_id
from storefront.web.account.notices import evidence
from storefront.web.visitor import render_page

blueprint = Blueprint("account_my_data", __name__)

PURPOSES = {
    "account": lazy_gettext("to keep your account and your choices"),
    "contract": lazy_gettext("to fulfil your orders"),
    "service": lazy_gettext("to answer and serve you"),
    "consent": lazy_gettext("because you agreed, and to prove it"),
    "security": lazy_gettext("to guard your account"),
    "books": lazy_gettext("because tax law asks for it"),
}
"""Why data are held, in words (privacy.rules.Purpose)."""


class EraseForm(FlaskForm):
    """That it is understood what is lost."""

    class Meta:
        csrf = False

    is_sure = BooleanField(
        lazy_gettext("I understand that this cannot be undone"),
        [InputRequired(lazy_gettext("Please tick this box if you want to delete your account."))],
    )


@blueprint.get("/akun/data-saya")
@customer_page
def my_data() -> str:
    """What is held and why, the copy, and the way to being forgotten."""
    session = reading_session()
    held = [(each.table, PURPOSES[each.purpose]) for each in PERSONAL if each.told and not each.by_staff]
    return render_page(
        "storefront/account/my_data.html",
        export=newest_export(session, signed_in_id(), at=now()),
        is_confirmed=is_recently_confirmed(),
        confirm_page=CONFIRM_PAGE,
        purposes=list(dict.fromkeys(str(purpose) for _table, purpose in held)),
    )


@blueprint.post("/akun/data-saya")
@customer_page
@recently_confirmed
def ask_copy() -> BaseResponse:
    """Have a copy made."""
    with transaction() as session:
        ask_export(session, signed_in_id(), at=now())
    flash(_("Your copy is being made. A mail tells you when it is ready, usually within a minute."), "good")
    return redirect(to("/akun/data-saya"), 303)


@blueprint.get("/akun/data-saya/<uuid:key>.zip")
@customer_page
@recently_confirmed
def fetch_copy(key: UUID) -> Response:
    """The copy itself, for its person alone and for a day; who comes back for it gives the password again."""
    export = ready_export(reading_session(), signed_in_id(), key, at=now())
    content = BytesIO(files().get(file_key(export.key)))
    name = f"lapak-data-{export.asked_at:%Y-%m-%d}.zip"
    return send_file(content, mimetype="application/zip", as_attachment=True, download_name=name)


@blueprint.get("/akun/data-saya/hapus")
@customer_page
@recently_confirmed
def erase_page() -> str:
    """What is deleted, what stays, and the form that does it."""
    return _erase_page(EraseForm(formdata=None))


@blueprint.post("/akun/data-saya/hapus")
@customer_page
@recently_confirmed
def erase_now() -> Response | tuple[str, int]:
    """Forget the person: everything ends here, in one transaction or not at all."""
    form = EraseForm()
    if not form.validate():
        return _erase_page(form), 422
    user_id = signed_in_id()
    try:
        with transaction() as session:
            erase(session, user_id, evidence("account_closed"), locale=locale_code(), at=now())
    except (MattersOpen, TakeBackOpen, StaffAccount) as refusal:
        form.form_errors.append(sentence(refusal))
        return _erase_page(form), status_of(refusal)
    forget_session()
    response = make_response(render_page("storefront/account/erased.html"))
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _erase_page(form: EraseForm) -> str:
    session, user_id = reading_session(), signed_in_id()
    still_open = open_matters(session, person_of(session, user_id), at=now())
    return render_page("storefront/account/erase.html", form=form, still_open=still_open)

"""The second step of the sign-in: setting up an authenticator app, recovery codes, doing without."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from accounts.errors import FirstCodeWrong
from accounts.queries import recovery_codes_left
from accounts.services.second_factors import (
    app_address,
    begin_second_factor,
    confirm_second_factor,
    remove_second_factor,
    renew_recovery_codes,
)
from accounts.services.sessions import close_sessions
from accounts.web.doors import CodeForm
from accounts.web.guards import SECOND_STEP_PAGE, recently_confirmed
from accounts.web.landing import own_page
from accounts.web.limits import forget_guesses, guesses_code
from accounts.web.session import current_actor, current_session, sealer
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.web import to
from storefront.web.account.fields import refuse
from storefront.web.account.guards import customer_page
from storefront.web.account.security import SECURITY
from storefront.web.visitor import render_page

blueprint = Blueprint("account_two_factor", __name__)

_QR_SCALE = 5


@blueprint.get(SECOND_STEP_PAGE)
@customer_page
@recently_confirmed
def two_factor() -> str:
    """The QR code and the field for the first code; once it is set up, what can be done about it."""
    own = current_session()
    if own.has_second_factor:
        return render_page(
            "storefront/account/two_factor.html",
            left=recovery_codes_left(reading_session(), own.user_id),
            is_staff=current_actor().is_staff,
        )
    return _set_up_page(CodeForm(formdata=None))


@blueprint.post(SECOND_STEP_PAGE)
@guesses_code
@customer_page
@recently_confirmed
def set_up() -> str | Response | tuple[str, int]:
    """Let the factor count and show the recovery codes; other devices are signed out.

    Raises SecondFactorSetUp.
    """
    form, own = CodeForm(), current_session()
    if form.validate():
        try:
            with transaction() as session:
                codes = confirm_second_factor(
                    session, own.user_id, form.code.data, sealer=sealer(), actor=current_actor(), at=now()
                )
                close_sessions(session, own.user_id, keep=own.session_id)
        except FirstCodeWrong as refusal:
            refuse(form.code, refusal)
        else:
            forget_guesses()
            return _codes_page(codes)
    return _set_up_page(form), 422


@blueprint.post(f"{SECOND_STEP_PAGE}/kode-pemulihan")
@customer_page
@recently_confirmed
def renew() -> str | Response:
    """Show new recovery codes; the old ones no longer work. Without a second factor there are none."""
    own = current_session()
    if not own.has_second_factor:
        return redirect(to(SECOND_STEP_PAGE), 303)
    with transaction() as session:
        codes = renew_recovery_codes(session, own.user_id, actor=current_actor(), at=now())
    return _codes_page(codes)


@blueprint.post(f"{SECOND_STEP_PAGE}/hapus")
@customer_page
@recently_confirmed
def remove() -> Response:
    """Do without the second step. Raises SecondFactorRequired for officers."""
    own = current_session()
    with transaction() as session:
        remove_second_factor(session, own.user_id, actor=current_actor(), at=now())
    flash(gettext("The sign-in no longer asks for a code."), "success")
    return redirect(to(SECURITY), 303)


def _set_up_page(form: CodeForm) -> str:
    own = current_session()
    with transaction() as session:
        secret = begin_second_factor(session, own.user_id, sealer=sealer(), at=now())
    drawing = segno.make(app_address(secret, own.email), error="m")
    return render_page(
        "storefront/account/two_factor_set_up.html",
        form=form,
        picture=drawing.svg_data_uri(scale=_QR_SCALE, border=4, light="white"),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        next=own_page(request.values.get("next")) or "",
        is_staff=current_actor().is_staff,
    )


def _codes_page(codes: list[str]) -> str:
    wanted = own_page(request.values.get("next"))
    home = to("/staff") if current_actor().is_staff else to(SECURITY)
    return render_page("storefront/account/recovery_codes.html", codes=codes, next=wanted or home)

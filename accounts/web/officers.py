"""The people of an office: who has which role, inviting, changing and taking roles, shutting somebody out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from accounts.errors import (
    AccountShutOut,
    HandoverTooLong,
    LetInFirst,
    OwnRole,
    RoleHeld,
    RoleNotYours,
    ScopeDoesNotFitRole,
)
from accounts.queries.officers import (
    OfficerRow,
    handovers_for,
    invitations_for,
    officer_for,
    officer_rows,
    officers_for,
    offices_for,
    other_roles,
    sign_ins_of,
)
from accounts.rules import ROLE_SCOPES
from accounts.services import officers as services
from accounts.web.guards import (
    confirm_page,
    is_recently_confirmed,
    recently_confirmed,
    staff_frame,
    staff_page,
)
from accounts.web.landing import own_page
from accounts.web.limits import sends_mail
from accounts.web.officer_forms import DepartureForm, InviteForm, RoleForm, roles_to_choose
from accounts.web.roles import ROLES, SIGN_INS
from accounts.web.session import current_actor
from kernel.clock import JAKARTA, now
from kernel.db import reading_session, transaction
from kernel.i18n import locale_code
from kernel.sheets import Column, sheet_answer
from kernel.web import sentence, status_of

blueprint = Blueprint("officers", __name__)
blueprint.context_processor(staff_frame)

_MOST_PAGES = 10_000


@blueprint.get("/staff/orang")
@staff_page("people.see")
def people() -> str:
    """Who works in the reader's offices, who is invited, and what was left to them."""
    session, actor = reading_session(), current_actor()
    words = request.args.get("q", "").strip()[:200]
    may_manage = actor.may("people.manage")
    return render_template(
        "accounts/people.html",
        found=officers_for(session, actor, words=words, page=_page_number()),
        invitations=invitations_for(session, actor, at=now()) if may_manage else [],
        handovers=handovers_for(session, actor),
        words=words,
        roles=ROLES,
        may_manage=may_manage,
        actor=actor,
        shows_office=not actor.has_one_upt,
    )


@blueprint.get("/staff/orang/unduh.<any(csv, xlsx):ending>")
@staff_page("people.see")
def export(ending: str) -> FlaskResponse:
    """The same people as a file, all of them."""
    words = request.args.get("q", "").strip()[:200]
    rows = officer_rows(reading_session(), current_actor(), words=words)
    return sheet_answer("petugas", ending, _COLUMNS, rows)


def _last_sign_in(row: OfficerRow) -> datetime | None:
    """By the clock of Jakarta, for whom it is open to."""
    if row.last_sign_in is None or not row.is_open_to(current_actor()):
        return None
    return row.last_sign_in.astimezone(JAKARTA)


_COLUMNS = (
    Column[OfficerRow](_("Name"), lambda row: row.name),
    Column[OfficerRow](_("E-mail address"), lambda row: row.email),
    Column[OfficerRow](_("Role"), lambda row: str(ROLES[row.role])),
    Column[OfficerRow](_("Office"), lambda row: row.office or gettext("The whole nation")),
    Column[OfficerRow](_("Shut out"), lambda row: gettext("No") if row.is_active else gettext("Yes")),
    Column[OfficerRow](_("Last sign-in"), _last_sign_in),
)


@blueprint.get("/staff/orang/undang")
@staff_page("people.manage")
@recently_confirmed
def invite() -> str:
    """The form of an invitation."""
    offices = offices_for(reading_session(), current_actor())
    return _invite_page(InviteForm(formdata=None).offer(offices))


@blueprint.post("/staff/orang/undang")
@staff_page("people.manage")
@recently_confirmed
@sends_mail
def invite_now() -> Response | tuple[str, int]:
    """Have the link mailed."""
    form = InviteForm().offer(offices_for(reading_session(), current_actor()))
    if not form.validate():
        return _invite_page(form), 422
    try:
        with transaction() as session:
            services.invite(
                session,
                form.email.data,
                form.role.data,
                form.office.data,
                locale=locale_code(),
                actor=current_actor(),
                at=now(),
            )
    except (RoleHeld, OwnRole, AccountShutOut) as refusal:
        form.email.errors = [sentence(refusal)]
        return _invite_page(form), status_of(refusal)
    except RoleNotYours as refusal:
        form.role.errors = [sentence(refusal)]
        return _invite_page(form), status_of(refusal)
    except ScopeDoesNotFitRole:
        form.role.errors = [gettext("This role does not exist in such an office.")]
        return _invite_page(form), 422
    flash(gettext("The invitation is on its way. It works once, for three days."), "good")
    return redirect(url_for("officers.people"), 303)


@blueprint.post("/staff/orang/undangan/<uuid:key>/tarik")
@staff_page("people.manage")
@recently_confirmed
def withdraw(key: UUID) -> Response:
    """Close an invitation before it is taken up."""
    with transaction() as session:
        services.withdraw(session, key, actor=current_actor(), at=now())
    flash(gettext("The invitation is withdrawn: its link opens nothing any more."), "good")
    return redirect(url_for("officers.people"), 303)


@blueprint.post("/staff/orang/titipan/<uuid:key>/selesai")
@staff_page("people.see")
def finish_handover(key: UUID) -> Response:
    """Note that somebody has seen to what was left."""
    with transaction() as session:
        services.finish_handover(session, key, actor=current_actor(), at=now())
    flash(gettext("Noted as seen to."), "good")
    return redirect(own_page(request.form.get("next")) or url_for("officers.people"), 303)


@blueprint.get("/staff/orang/<uuid:key>")
@staff_page("people.see")
def person(key: UUID) -> str:
    """One person in one office: their role, their sign-ins, and what can be done."""
    officer = officer_for(reading_session(), current_actor(), key)
    return _person_page(officer, _role_form(officer, bound=False), DepartureForm(formdata=None))


@blueprint.post("/staff/orang/<uuid:key>/peran")
@staff_page("people.manage")
@recently_confirmed
def change_role(key: UUID) -> Response | tuple[str, int]:
    """Give another role in the same office."""
    officer = officer_for(reading_session(), current_actor(), key)
    form = _role_form(officer, bound=True)
    if not form.validate():
        return _person_page(officer, form, DepartureForm(formdata=None)), 422
    try:
        with transaction() as session:
            is_new = services.change_role(session, key, form.role.data, actor=current_actor(), at=now())
    except (OwnRole, RoleNotYours, RoleHeld) as refusal:
        form.role.errors = [sentence(refusal)]
        return _person_page(officer, form, DepartureForm(formdata=None)), status_of(refusal)
    if is_new:
        flash(gettext("The role is changed. They sign in anew."), "good")
    return redirect(url_for("officers.person", key=key), 303)


@blueprint.post("/staff/orang/<uuid:key>/tutup")
@staff_page("people.manage")
@recently_confirmed
def shut_out(key: UUID) -> Response:
    """Shut a person out everywhere, at once."""
    with transaction() as session:
        services.admit(session, key, is_active=False, actor=current_actor(), at=now())
    flash(gettext("Shut out: every device of theirs is signed out, and no password lets them in."), "good")
    return redirect(url_for("officers.person", key=key), 303)


@blueprint.post("/staff/orang/<uuid:key>/buka")
@staff_page("people.manage")
@recently_confirmed
def let_in(key: UUID) -> Response:
    """Let a person in again."""
    with transaction() as session:
        services.admit(session, key, is_active=True, actor=current_actor(), at=now())
    flash(gettext("They can sign in again."), "good")
    return redirect(url_for("officers.person", key=key), 303)


@blueprint.post("/staff/orang/<uuid:key>/cabut")
@staff_page("people.manage")
@recently_confirmed
def take_role(key: UUID) -> Response | tuple[str, int]:
    """Take the role away; what they leave to the others is kept."""
    officer = officer_for(reading_session(), current_actor(), key)
    form = DepartureForm()
    if not form.validate():
        return _person_page(officer, _role_form(officer, bound=False), form), 422
    try:
        with transaction() as session:
            services.take_role(session, key, form.note.data or "", actor=current_actor(), at=now())
    except (OwnRole, RoleNotYours, HandoverTooLong, LetInFirst) as refusal:
        form.note.errors = [sentence(refusal)]
        return _person_page(officer, _role_form(officer, bound=False), form), status_of(refusal)
    flash(gettext("%(name)s no longer works in this office.", name=officer.name), "good")
    return redirect(url_for("officers.people"), 303)


def _invite_page(form: InviteForm) -> str:
    return render_template("accounts/invite.html", form=form)


def _person_page(officer: OfficerRow, role_form: RoleForm, departure: DepartureForm) -> str:
    session, actor = reading_session(), current_actor()
    is_own, is_open = officer.user_id == actor.user_id, officer.is_open_to(actor)
    return render_template(
        "accounts/person.html",
        officer=officer,
        is_open=is_open,
        other_roles=other_roles(session, officer) if is_open else 0,
        sign_ins=sign_ins_of(session, officer.user_id) if is_open else (),
        role_form=role_form,
        departure=departure,
        roles=ROLES,
        outcomes=SIGN_INS,
        is_own=is_own,
        is_confirmed=is_recently_confirmed(),
        confirm_page=confirm_page(url_for("officers.person", key=officer.key)),
        may_manage=officer.is_below(actor) and not is_own,
        may_let_in=services.may_let_in(actor, officer),
    )


def _role_form(officer: OfficerRow, *, bound: bool) -> RoleForm:
    form = RoleForm() if bound else RoleForm(formdata=None, role=officer.role)
    actor = current_actor()
    fitting = (role for role in ROLES if ROLE_SCOPES[role] == ROLE_SCOPES[officer.role])
    mine = {role for role in fitting if actor.may_grant(role, officer.upt_id, officer.region_id)}
    form.role.choices = roles_to_choose(frozenset(mine | {officer.role}))
    return form


def _page_number() -> int:
    written = request.args.get("page", "1")
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 1
    return min(max(number, 1), _MOST_PAGES)

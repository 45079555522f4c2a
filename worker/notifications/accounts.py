"""Mails about accounts: links that prove an address, and word of every change that guards the account.

Whoever asked for a link has not shown that the address is theirs, so nothing typed freely is in its mail.
None of these mails is kept once it is sent: a link is a secret, and an address may be one that was left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.events import AccountChanged, AccountTakenBack, LinkAsked
from accounts.models import AccountLink, User
from accounts.services.links import mint
from kernel.i18n import PREFIXES, moment
from kernel.web import config
from worker.notifications.writing import Content, post


def mail_link(session: Session, event: LinkAsked, *, at: datetime) -> None:
    """Mail a link that was asked for.

    Nothing is mailed about an address nobody has: the page says the same, and does the same.
    """
    link, owner = _asked(session, event, at)
    if link is None:
        return
    match link.purpose:
        case "register" if owner is None:
            _mail_registration(session, link, at)
        case "reset" if owner is not None and owner.is_active and owner.id == link.user_id:
            _mail_reset(session, link, owner, at)
        case "change_email" if owner is None:
            _mail_new_address(session, link, at)
        case "invite" if owner is None or owner.is_active:
            _mail_invitation(session, link, owner, at)
        case "take_back" if owner is None:
            _mail_moved(session, link, at)


def mail_link_notice(session: Session, event: LinkAsked, *, at: datetime) -> None:
    """Tell the owner of an address that somebody else used it, and whoever is to get another address."""
    link, owner = _asked(session, event, at)
    if link is None or link.purpose in ("reset", "take_back", "invite"):
        return
    if owner is not None:
        _mail_known(session, link, owner, at)
    if link.purpose == "change_email":
        _mail_old_address(session, link, at)


def mail_changed(session: Session, event: AccountChanged, *, at: datetime) -> None:
    """Tell the owner what was changed; of a change of address the link tells that takes it back."""
    user = session.get(User, event.user_id)
    if user is None:
        return
    cause = f"account:{user.id}:{event.what}:{at:%Y%m%d%H%M%S}"

    def write() -> Content:
        return Content(
            subject=_CHANGED[event.what](),
            opening=(
                _greeting(user.name),
                _("This was changed on %(at)s. If it was you, all is well.", at=moment(at)),
            ),
            closing=(
                _(
                    "If it was not you, set a new password at once with “Forgot your password?”:"
                    " that signs everybody out. If that does not work, write to us."
                ),
            ),
            link=(_address("/lupa-sandi", user.locale), _("Set a new password")),
            reason=_owner_reason(),
        )

    _post(session, write, recipient=user.email, locale=user.locale, cause=cause, at=at)


def mail_taken_back(session: Session, event: AccountTakenBack, *, at: datetime) -> None:
    """Tell the address that lost an account; neither the person nor the other address is named to it."""
    link = session.get(AccountLink, event.link_id)
    if link is None:  # the account was deleted since
        return

    def write() -> Content:
        return Content(
            subject=_("The account was taken back"),
            opening=(
                _("Hello,"),
                _(
                    "The account at Lapak that had this address went back to the one it had before, by the"
                    " link that was mailed there. This address no longer opens it, and everybody was signed"
                    " out."
                ),
            ),
            closing=(_("If the account is yours and this was not you, write to us."),),
            reason=_("You receive this mail because your address belonged to an account at Lapak."),
        )

    cause = f"account-link:{link.id}:taken-back"
    _post(session, write, recipient=link.details["lost"], locale=link.locale, cause=cause, at=at)


def _asked(session: Session, event: LinkAsked, at: datetime) -> tuple[AccountLink | None, User | None]:
    """The link, unless it is closed or too old by now, and who has its address."""
    link = session.get(AccountLink, event.link_id, with_for_update=True)
    if link is None or link.used_at is not None or link.expires_at <= at:
        return None, None
    return link, session.scalar(select(User).where(User.email == link.email))


_CHANGED: Mapping[str, Callable[[], str]] = {
    "password": lambda: str(_("The password of your account was changed")),
    "second_factor_on": lambda: str(_("Your account now asks for a code at the sign-in")),
    "second_factor_off": lambda: str(_("Your account no longer asks for a code at the sign-in")),
    "recovery_codes": lambda: str(_("Your account has new recovery codes")),
}


def _mail_registration(session: Session, link: AccountLink, at: datetime) -> None:
    address = _address(f"/daftar/konfirmasi/{mint(session, link, at=at)}", link.locale)

    def write() -> Content:
        return Content(
            subject=_("Finish your registration"),
            opening=(
                _("Hello,"),
                _(
                    "Somebody wants to open an account at Lapak with this address. If it was you, open the"
                    " link and enter the password you chose. It works once, until %(until)s.",
                    until=moment(link.expires_at),
                ),
            ),
            link=(address, _("Finish the registration")),
            closing=(_("If it was not you, do nothing: there will be no account."),),
            reason=_typed_reason(),
        )

    _post_link(session, link, write, at)


def _mail_invitation(session: Session, link: AccountLink, owner: User | None, at: datetime) -> None:
    """To somebody who is to work in an office: which one the page says, to who has the link alone."""
    address = _address(f"/undangan/{mint(session, link, at=at)}", link.locale)

    def write() -> Content:
        return Content(
            subject=_("You are invited to work in Lapak"),
            opening=(
                _greeting(owner.name) if owner else _("Hello,"),
                _(
                    "An office of pemasyarakatan invites you to work in Lapak. Open the link to see which"
                    " one, and to accept. It works once, until %(until)s.",
                    until=moment(link.expires_at),
                ),
            ),
            link=(address, _("See the invitation")),
            closing=(
                _("After that, an app on your phone that shows codes guards your sign-in: have it at hand."),
                _("If you do not know of this, do nothing: you get no role."),
            ),
            reason=_("You receive this mail because an officer entered this address at Lapak."),
        )

    _post_link(session, link, write, at)


def _mail_known(session: Session, link: AccountLink, owner: User, at: datetime) -> None:
    def write() -> Content:
        return Content(
            subject=_("You have an account already"),
            opening=(
                _greeting(owner.name),
                _(
                    "Somebody entered your address to open an account or to move one to it. You have one"
                    " with this address already, and nothing about it was changed."
                ),
            ),
            link=(_address("/masuk", owner.locale), _("Sign in")),
            closing=(_("If you have forgotten your password, the sign-in page helps you to a new one."),),
            reason=_owner_reason(),
        )

    cause = f"account-link:{link.id}:known"
    _post(session, write, recipient=owner.email, locale=owner.locale, cause=cause, at=at)


def _mail_reset(session: Session, link: AccountLink, owner: User, at: datetime) -> None:
    address = _address(f"/atur-sandi/{mint(session, link, at=at)}", link.locale)

    def write() -> Content:
        return Content(
            subject=_("Set a new password"),
            opening=(
                _greeting(owner.name),
                _(
                    "Somebody asked for a new password for your account. If it was you, open the link. It"
                    " works once, until %(until)s.",
                    until=moment(link.expires_at),
                ),
            ),
            link=(address, _("Set a new password")),
            closing=(_("If it was not you, do nothing: your password stays as it is."),),
            reason=_owner_reason(),
        )

    _post_link(session, link, write, at)


def _mail_new_address(session: Session, link: AccountLink, at: datetime) -> None:
    address = _address(f"/akun/keamanan/surel/{mint(session, link, at=at)}", link.locale)

    def write() -> Content:
        return Content(
            subject=_("Confirm your new address"),
            opening=(
                _("Hello,"),
                _(
                    "Somebody wants to use this address for their account at Lapak. If it was you, open the"
                    " link while you are signed in. It works once, until %(until)s.",
                    until=moment(link.expires_at),
                ),
            ),
            link=(address, _("Confirm the address")),
            closing=(_("If it was not you, do nothing: nothing is changed."),),
            reason=_typed_reason(),
        )

    _post_link(session, link, write, at)


def _mail_old_address(session: Session, link: AccountLink, at: datetime) -> None:
    """Before anything is changed, so that the owner can still stop it."""
    user = session.get_one(User, link.user_id)

    def write() -> Content:
        return Content(
            subject=_("Your account is to get another address"),
            opening=(
                _greeting(user.name),
                _(
                    "Somebody who is signed in to your account asked to change its address. It is changed"
                    " once a link is opened that we have sent to the new one. If it was you, all is well."
                ),
            ),
            link=(_address("/lupa-sandi", user.locale), _("Set a new password")),
            closing=(
                _(
                    "If it was not you, set a new password now: that signs everybody out and stops the"
                    " change. Should the address be changed before you come to it, the mail that tells you"
                    " so has a link that takes your account back."
                ),
            ),
            reason=_owner_reason(),
        )

    cause = f"account-link:{link.id}:notice"
    _post(session, write, recipient=user.email, locale=user.locale, cause=cause, at=at)


def _mail_moved(session: Session, link: AccountLink, at: datetime) -> None:
    """To the address that was left: a forgotten password would be mailed to the new one."""
    user = session.get_one(User, link.user_id)
    address = _address(f"/ambil-kembali/{mint(session, link, at=at)}", link.locale)

    def write() -> Content:
        return Content(
            subject=_("The address of your account was changed"),
            opening=(
                _greeting(user.name),
                _(
                    "Your account now has another address, and no longer this one. If it was you, all is"
                    " well, and you can delete this mail."
                ),
                _(
                    "If it was not you, take your account back: the link gives it this address and a new"
                    " password, and signs everybody out. It works once, until %(until)s.",
                    until=moment(link.expires_at),
                ),
            ),
            link=(address, _("Take the account back")),
            closing=(_("If that does not work, write to us."),),
            reason=_owner_reason(),
        )

    _post_link(session, link, write, at)


def _post_link(session: Session, link: AccountLink, write: Callable[[], Content], at: datetime) -> None:
    cause = f"account-link:{link.id}"
    _post(session, write, recipient=link.email, locale=link.locale, cause=cause, at=at)


def _post(
    session: Session, write: Callable[[], Content], *, recipient: str, locale: str, cause: str, at: datetime
) -> None:
    post(session, write, recipient=recipient, locale=locale, cause=cause, at=at, leaves_no_trace=True)


def _address(path: str, locale: str) -> str:
    """An address of ours for a mail: from the settings, never from what a request called us."""
    return config().base_url + PREFIXES[locale] + path


def _greeting(name: str) -> str:
    return str(_("Dear %(name)s,", name=name))


def _owner_reason() -> str:
    return str(_("You receive this mail because you have an account at Lapak. It concerns its safety."))


def _typed_reason() -> str:
    return str(_("You receive this mail because somebody entered this address at Lapak."))

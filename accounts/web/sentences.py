"""What is said to a person when the accounts room refuses: one sentence a code."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, object] = {
    "wrong_credentials": _("The e-mail address or the password is not right."),
    "password_too_short": _("The password needs at least %(least)s characters."),
    "password_too_long": _("The password may have at most %(most)s characters."),
    "email_taken": _("Somebody already signs in with %(email)s."),
    "user_not_found": _("Nobody signs in with %(email)s."),
    "scope_not_found": _("There is no UPT or Kanwil %(scope)s."),
    "scope_does_not_fit_role": _("The role %(role)s holds for one %(scope)s."),
    "address_not_found": _("This address is not in your address book."),
    "address_book_full": _("Your address book holds %(most)s addresses. Delete one you no longer need."),
    "address_twice": _("This address is in your address book already."),
    "read_only": _("You may look at this, but not change it."),
}

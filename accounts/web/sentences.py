"""What is said to a person when the accounts room refuses: one sentence a code."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, object] = {
    "wrong_credentials": _("The e-mail address or the password is not right."),
    "password_too_short": _("The password needs at least %(least)s characters."),
    "password_too_long": _("The password may have at most %(most)s characters."),
    "password_guessable": _(
        "This password is easily guessed. Take several words that do not belong together."
    ),
    "password_unchanged": _("This is the password you have already."),
    "email_unchanged": _("This is the address you have already."),
    "account_link_gone": _(
        "This link no longer works: it was used already, or its time is over. Ask for a new one."
    ),
    "code_wrong": _(
        "This code is not right, or it was used already. Wait for the next one, or use a recovery code."
    ),
    "first_code_wrong": _(
        "This is not the code of the key shown here. Wait until the app shows the next one; if that is not"
        " right either, let your phone set its clock by itself."
    ),
    "second_factor_required": _("Officers cannot do without the second step."),
    "second_factor_set_up": _("The second step is set up already."),
    "name_invalid": _("Please write a name of at most %(most)s characters."),
    "email_taken": _("Somebody already signs in with %(email)s."),
    "user_not_found": _("Nobody signs in with %(email)s."),
    "scope_not_found": _("There is no UPT or Kanwil %(scope)s."),
    "scope_does_not_fit_role": _("The role %(role)s holds for one %(scope)s."),
    "address_not_found": _("This address is not in your address book."),
    "address_book_full": _("Your address book holds %(most)s addresses. Delete one you no longer need."),
    "address_twice": _("This address is in your address book already."),
    "office_not_yours": _("Choose an office from the list."),
    "role_not_yours": _("This role is not yours to give or to take away: ask the office above you."),
    "own_role": _("Nobody changes their own role or shuts themselves out."),
    "role_held": _("This person has this role in this office already."),
    "account_shut_out": _(
        "The account with this address is shut out. Whoever did that lets it in first; then invite it."
    ),
    "let_in_first": _(
        "They are shut out, and this is their last role: let them in first, then take the role away."
    ),
    "step_in_reason_missing": _("Please write why, in at most %(most)s characters."),
    "handover_too_long": _("Please write at most %(most)s characters."),
    "membership_not_found": _("There is nobody here, or their role was taken away."),
    "invitation_not_found": _("This invitation was taken up or withdrawn, or its time is over."),
    "handover_not_found": _("Somebody has seen to this already."),
    "filter_not_found": _("There is no such list, or it is not yours."),
    "filter_known": _("You have saved this list under that name already: choose another one."),
    "too_many_filters": _("You keep %(most)s lists. Remove one you no longer need."),
    "not_your_role": _("This is not part of your role."),
}

"""Why the accounts room refuses."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound


class WrongCredentials(Invalid):
    """No active user has this address and password; which of the two is wrong is never said."""

    code = "wrong_credentials"


class PasswordTooShort(Invalid):
    """The password is easy to guess. Parameters: least (characters)."""

    code = "password_too_short"


class PasswordTooLong(Invalid):
    """The password is longer than is worth hashing. Parameters: most (characters)."""

    code = "password_too_long"


class EmailTaken(Conflict):
    """Another user signs in with this address. Parameters: email."""

    code = "email_taken"


class UserNotFound(NotFound):
    """Nobody signs in with this address. Parameters: email."""

    code = "user_not_found"


class ScopeNotFound(NotFound):
    """There is no UPT or Kanwil of this code. Parameters: scope."""

    code = "scope_not_found"


class UptNotFound(NotFound):
    """There is no UPT of this code. Parameters: upt_code."""

    code = "upt_not_found"


class ReasonMissing(Invalid):
    """Somebody steps in for a UPT without saying why, or at length. Parameters: most."""

    code = "step_in_reason_missing"


class OfficeNumberInvalid(Invalid):
    """Not a telephone number of Indonesia."""

    code = "office_number_invalid"


class OpeningHoursInvalid(Invalid):
    """Not opening hours as `accounts.opening_hours` reads them."""

    code = "opening_hours_invalid"


class OfficeTextInvalid(Invalid):
    """A text about an office is too long. Parameters: most (characters)."""

    code = "office_text_invalid"


class NameInvalid(Invalid):
    """A name without a letter or digit, or too long for one. Parameters: most (characters)."""

    code = "name_invalid"


class ScopeDoesNotFitRole(Invalid):
    """The role holds at one UPT, at one Kanwil or in the nation, and another scope was given.

    Parameters: role, scope ("upt", "kanwil" or "nation").
    """

    code = "scope_does_not_fit_role"


class NewsIncomplete(Invalid):
    """A news mail lacks a text in one of the languages, is too long, or links to another site."""

    code = "news_incomplete"


class NewsSentBefore(Conflict):
    """The same news mail was sent before."""

    code = "news_sent_before"


class AddressNotFound(NotFound):
    """No such address in the person's own book."""

    code = "address_not_found"


class AddressBookFull(Conflict):
    """The book holds no more. Parameters: most."""

    code = "address_book_full"


class FilterNotFound(NotFound):
    """No such filtered list, or somebody else's; or no list of that name to filter."""

    code = "filter_not_found"


class FilterKnown(Conflict):
    """The person has a filtered list of this name there."""

    code = "filter_known"


class TooManyFilters(Conflict):
    """The person keeps as many filtered lists as one may. Parameters: most."""

    code = "too_many_filters"


class AddressTwice(Conflict):
    """The book has the same address already."""

    code = "address_twice"


class VillageUnknown(Invalid):
    """There is no such postcode, or the village does not lie in it. Parameters: postcode."""

    code = "unknown_postcode"


class PasswordGuessable(Invalid):
    """The password is long enough, and still one of the first that are tried."""

    code = "password_guessable"


class LinkGone(NotFound):
    """No link of ours, or one that was used, or whose time is over; which of these is never said."""

    code = "account_link_gone"


class CodeWrong(Invalid):
    """Neither the code of this half minute, unused, nor an unused recovery code."""

    code = "code_wrong"


class FirstCodeWrong(CodeWrong):
    """Not the code that an app with the key just shown would give; there are no recovery codes yet."""

    code = "first_code_wrong"


class SecondFactorRequired(Conflict):
    """Officers cannot do without the second factor."""

    code = "second_factor_required"


class SecondFactorSetUp(Conflict):
    """There is a second factor already; it must be taken away before another is set up."""

    code = "second_factor_set_up"


class PasswordUnchanged(Invalid):
    """The new password is the old one."""

    code = "password_unchanged"


class EmailUnchanged(Invalid):
    """The new address is the present one."""

    code = "email_unchanged"


class MembershipNotFound(NotFound):
    """Nobody in an office of the actor's has a role of this key."""

    code = "membership_not_found"


class InvitationNotFound(NotFound):
    """No open invitation of this key to an office of the actor's."""

    code = "invitation_not_found"


class HandoverNotFound(NotFound):
    """No note of this key is left to an office of the actor's."""

    code = "handover_not_found"


class OfficeNotYours(Invalid):
    """The office lies outside the actor's scope, or there is none of this name."""

    code = "office_not_yours"


class RoleNotYours(Conflict):
    """The role is not below the actor's own, so it is not theirs to give, change or take away."""

    code = "role_not_yours"


class OwnRole(Conflict):
    """Nobody changes their own role or shuts themselves out."""

    code = "own_role"


class RoleHeld(Conflict):
    """The person has this role in this office already."""

    code = "role_held"


class AccountShutOut(Conflict):
    """The account with this address is shut out, and takes up no role before it is let in."""

    code = "account_shut_out"


class LetInFirst(Conflict):
    """The last role of somebody who is shut out: without it nobody could let them in again."""

    code = "let_in_first"


class HandoverTooLong(Invalid):
    """What is left to the others is too long. Parameters: most (characters)."""

    code = "handover_too_long"

"""Why the privacy room refuses."""

from __future__ import annotations

from kernel.errors import Conflict, NotFound


class MattersOpen(Conflict):
    """Something of the person's still runs. Parameters: what (numbers of orders and requests, as text)."""

    code = "matters_open"


class TakeBackOpen(Conflict):
    """The account was moved, and the address that was left can still take it back."""

    code = "take_back_open"


class StaffAccount(Conflict):
    """Staff work was done under this account, and the books must keep who did it."""

    code = "staff_account"


class ExportNotFound(NotFound):
    """There is no such copy, it is another person's, or its time is over."""

    code = "export_not_found"

"""Reads of this room: address books, sessions, who is who and how far their scope reaches."""

from accounts.queries.addresses import AddressRow, address_of, addresses_of
from accounts.queries.people import (
    StaffMember,
    actor_of,
    email_of,
    in_scope,
    reach_of,
    scope_names,
    staff_list,
    verified_email_of,
)
from accounts.queries.sessions import (
    Device,
    SessionRow,
    StandIn,
    devices,
    recovery_codes_left,
    session_of_key,
)

__all__ = [
    "AddressRow",
    "Device",
    "SessionRow",
    "StaffMember",
    "StandIn",
    "actor_of",
    "address_of",
    "addresses_of",
    "devices",
    "email_of",
    "in_scope",
    "reach_of",
    "recovery_codes_left",
    "scope_names",
    "session_of_key",
    "staff_list",
    "verified_email_of",
]

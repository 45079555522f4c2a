"""The tables of this room: offices, people and what they may do, and the audit log."""

from accounts.models.audit import AuditEntry, AuditHead
from accounts.models.offices import Kanwil, OldUptSlug, Upt
from accounts.models.people import Membership, User

__all__ = [
    "AuditEntry",
    "AuditHead",
    "Kanwil",
    "Membership",
    "OldUptSlug",
    "Upt",
    "User",
]

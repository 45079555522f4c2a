"""The tables of this room: offices, people and what they may do, consents, and the audit log."""

from accounts.models.addresses import Address
from accounts.models.audit import AuditEntry, AuditHead
from accounts.models.consents import Consent, News, NoticeChoice, NoticeKey
from accounts.models.offices import Kanwil, OldUptSlug, Upt
from accounts.models.people import Membership, User

__all__ = [
    "Address",
    "AuditEntry",
    "AuditHead",
    "Consent",
    "Kanwil",
    "Membership",
    "News",
    "NoticeChoice",
    "NoticeKey",
    "OldUptSlug",
    "Upt",
    "User",
]

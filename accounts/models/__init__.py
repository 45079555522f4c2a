"""The tables of this room: offices, people, how they sign in, what they may do and agree to, audit."""

from accounts.models.addresses import Address
from accounts.models.audit import AuditEntry, AuditHead
from accounts.models.consents import Consent, News, NoticeChoice, NoticeKey
from accounts.models.filters import SavedFilter
from accounts.models.offices import Kanwil, OldUptSlug, Upt
from accounts.models.people import Handover, Membership, SignIn, User
from accounts.models.security import AccountLink, RecoveryCode, SecondFactor, UserSession

__all__ = [
    "AccountLink",
    "Address",
    "AuditEntry",
    "AuditHead",
    "Consent",
    "Handover",
    "Kanwil",
    "Membership",
    "News",
    "NoticeChoice",
    "NoticeKey",
    "OldUptSlug",
    "RecoveryCode",
    "SavedFilter",
    "SecondFactor",
    "SignIn",
    "Upt",
    "User",
    "UserSession",
]

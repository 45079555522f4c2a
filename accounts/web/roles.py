"""How roles and sign-ins read."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

ROLES = {
    "upt_officer": _("Officer of the UPT"),
    "upt_head": _("Head of the UPT"),
    "kanwil_officer": _("Officer of the Kanwil"),
    "directorate": _("Directorate general"),
}
"""What people are called by what they may do; sections are called differently from UPT to UPT."""

SIGN_INS = {
    "signed_in": _("Signed in"),
    "code_refused": _("Wrong code"),
}
"""What a sign-in came to."""

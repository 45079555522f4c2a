"""Roles, their scopes, what each may do, and the Actor every write is done by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

UPT_KINDS = (
    "lapas",
    "lapas_perempuan",
    "lapas_narkotika",
    "lapas_terbuka",
    "lapas_pemuda",
    "rutan",
    "lpka",
    "bapas",
)

OFFICE_NUMBER = "62[2-9][0-9]{7,12}"
"""A telephone number of Indonesia as WhatsApp takes it: the country's 62, no zero, digits only."""

MOST_ADDRESSES = 20
"""So many places one person may keep."""

LONGEST_LABEL, LONGEST_RECIPIENT, LONGEST_STREET = 40, 100, 300
"""Characters of what is written of an address."""

LINK_PURPOSES = ("register", "reset", "change_email", "take_back", "invite")
"""What a mailed link can be for: to finish a registration, to set a new password, to take a new address, to
take an account back that was moved to another address, to take up a role in an office.
"""

SIGN_IN_OUTCOMES = ("signed_in", "code_refused")
"""How a sign-in whose password was right ended."""

LONGEST_HANDOVER = 2000
"""Characters of what a departing officer's colleagues are told, or a UPT by the office above it."""

LONGEST_FILTER_NAME = 40
"""Characters of what an officer calls a list as they have filtered it."""

MOST_FILTERS = 30
"""So many filtered lists one person may keep."""

NOTE_KINDS = ("handover", "message")
"""What a departing officer leaves to the others, or what an office above tells a UPT."""

LONGEST_REASON = 200
"""Characters of why somebody steps in for a UPT."""

Scope = Literal["upt", "kanwil", "nation"]

ROLE_SCOPES: dict[str, Scope] = {
    "upt_officer": "upt",
    "upt_head": "upt",
    "kanwil_officer": "kanwil",
    "directorate": "nation",
}
"""Where each role holds, from below to above. Sections differ from UPT to UPT, so a role is a permission, not
a job title.
"""

STAND_IN = "stand_in"
"""What somebody of an office above is while they step in for a UPT: never a membership, and over in hours."""

SHUT_OUT_BY = (*ROLE_SCOPES, "operator")
"""Who can shut an account out, from below to above; the operator does so by the command line."""

Permission = Literal[
    "parcel.see",
    "parcel.work",
    "stock.see",
    "stock.change",
    "stock.approve",
    "enquiry.see",
    "enquiry.work",
    "problem.see",
    "problem.work",
    "photograph.see",
    "photograph.work",
    "photograph.review",
    "review.see",
    "review.moderate",
    "review.answer",
    "permit.see",
    "permit.work",
    "permit.verify",
    "permit.rule",
    "product.see",
    "product.work",
    "product.review",
    "product.publish",
    "audit.see",
    "people.see",
    "people.manage",
    "upt.oversee",
]

_UPT_WORK: frozenset[Permission] = frozenset(
    {
        *("parcel.see", "parcel.work", "enquiry.see", "enquiry.work"),
        *("stock.see", "stock.change", "stock.approve"),
        *("problem.see", "problem.work", "photograph.see", "photograph.work"),
        *("review.see", "review.answer"),
        *("permit.see", "permit.work", "product.see", "product.work", "audit.see", "people.see"),
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "upt_officer": _UPT_WORK,
    "upt_head": _UPT_WORK | {"people.manage"},
    "kanwil_officer": frozenset(
        {
            *("parcel.see", "stock.see", "stock.approve", "enquiry.see", "problem.see"),
            *("photograph.see", "photograph.review", "review.see", "review.moderate"),
            *("permit.see", "permit.verify", "product.see", "product.review"),
            *("audit.see", "people.see", "people.manage", "upt.oversee"),
        }
    ),
    "directorate": frozenset(
        {
            *("parcel.see", "stock.see", "stock.approve"),
            *("enquiry.see", "enquiry.work", "problem.see", "problem.work"),
            *("photograph.see", "photograph.review", "review.see", "review.moderate"),
            *("permit.see", "permit.verify", "permit.rule"),
            *("product.see", "product.review", "product.publish"),
            *("audit.see", "people.see", "people.manage", "upt.oversee"),
        }
    ),
    # nothing that the office above decides on: nobody enters there what they then approve themselves
    STAND_IN: frozenset(
        {
            *("parcel.see", "parcel.work", "stock.see", "stock.change", "enquiry.see", "enquiry.work"),
            *("problem.see", "problem.work", "photograph.see", "review.see", "review.answer"),
            *("permit.see", "product.see", "audit.see", "people.see"),
        }
    ),
}

ROLE_GRANTS: dict[str, frozenset[str]] = {
    STAND_IN: frozenset(),
    "upt_officer": frozenset(),
    "upt_head": frozenset({"upt_officer"}),
    "kanwil_officer": frozenset({"upt_officer", "upt_head"}),
    "directorate": frozenset(ROLE_SCOPES),
}
"""Which roles whoever has one may give and take away, within their scope: those below, so that nobody lifts
themselves or a colleague; the directorate, above which nobody is, also its own.
"""


Held = tuple[str, int | None, int | None]
"""A membership: the role, and the UPT or the Kanwil in which it holds; neither for the nation."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a signed-in user with their scope, a customer, or a part of the system.

    `held` are the memberships, each a role with its UPT or its Kanwil: what may be done in one office only is
    decided by them. `upt_ids` and `kanwil_ids` are all their offices; `is_national` reaches everywhere.
    """

    label: str
    user_id: int | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    upt_ids: frozenset[int] = field(default_factory=frozenset)
    kanwil_ids: frozenset[int] = field(default_factory=frozenset)
    is_national: bool = False
    held: frozenset[Held] = field(default_factory=frozenset)

    @classmethod
    def holding(cls, label: str, user_id: int | None, held: Iterable[Held]) -> Actor:
        """A user with these memberships."""
        rows = frozenset(held)
        return cls(
            label=label,
            user_id=user_id,
            roles=frozenset(role for role, _, _ in rows),
            upt_ids=frozenset(upt_id for _, upt_id, _ in rows if upt_id is not None),
            kanwil_ids=frozenset(kanwil_id for _, _, kanwil_id in rows if kanwil_id is not None),
            is_national=any(ROLE_SCOPES.get(role) == "nation" for role, _, _ in rows),
            held=rows,
        )

    @property
    def is_staff(self) -> bool:
        """Whether the staff pages are theirs to open at all."""
        return bool(self.roles)

    @property
    def has_one_upt(self) -> bool:
        """Whether all that the actor sees is of one UPT, so that its name need not stand on every line."""
        return len(self.upt_ids) == 1 and not self.kanwil_ids and not self.is_national

    def may(self, permission: Permission) -> bool:
        """Whether some role of this actor carries the permission; where it holds is the queries' matter."""
        return any(permission in ROLE_PERMISSIONS[role] for role in self.roles)

    @property
    def grants(self) -> frozenset[str]:
        """The roles this actor may give and take away somewhere; where, `may_grant` says."""
        return frozenset[str]().union(*(ROLE_GRANTS[role] for role in self.roles))

    def only(self, permission: Permission) -> Actor:
        """The same user with only the memberships that carry a permission: their scope is where it holds."""
        carrying = (each for each in self.held if permission in ROLE_PERMISSIONS[each[0]])
        return Actor.holding(self.label, self.user_id, carrying)

    def roles_over(self, upt_id: int | None, kanwil_id: int | None) -> frozenset[str]:
        """The roles that reach an office: a UPT and its Kanwil, a Kanwil, or neither, which is the nation."""
        return frozenset(
            role
            for role, own_upt, own_kanwil in self.held
            if ROLE_SCOPES.get(role) == "nation"
            or (own_upt is not None and own_upt == upt_id)
            or (own_kanwil is not None and own_kanwil == kanwil_id)
        )

    def may_grant(self, role: str, upt_id: int | None, kanwil_id: int | None) -> bool:
        """Whether a role in one office, as in `roles_over`, is theirs to give and to take away."""
        return any(role in ROLE_GRANTS[mine] for mine in self.roles_over(upt_id, kanwil_id))

    def oversees(self, upt_id: int, kanwil_id: int) -> bool:
        """Whether the actor's office looks after a UPT, which lies in that Kanwil."""
        return any("upt.oversee" in ROLE_PERMISSIONS[mine] for mine in self.roles_over(upt_id, kanwil_id))

    def standing_in(self, upt_id: int) -> Actor:
        """The same user at work for one UPT, and for nothing else meanwhile."""
        return Actor.holding(self.label, self.user_id, [(STAND_IN, upt_id, None)])

    def may_at(self, permission: Permission, upt_id: int) -> bool:
        """Whether the actor may do this at one UPT: what changes things is for that UPT's own officers."""
        return self.may(permission) and upt_id in self.upt_ids


def system_actor(part: str) -> Actor:
    """The actor for what the shop does by itself; `part` names it ("expiry", "settlement")."""
    return Actor(label=f"system:{part}")


CUSTOMER = Actor(label="customer")
"""A buyer without an account; the order itself says who they are."""

"""Permits as the UPTs that hold them and the offices that check them see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal, or_, select, true, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Integer

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.errors import PermitNotFound
from inventory.models import Maker, Permit, PermitProduct, Product
from inventory.queries.renewals import checked_next, has_next, last_warned_of, waiting_next
from inventory.queries.tended import is_tended
from inventory.rules import PERMIT_WARNINGS
from kernel.db import in_portions

PAGE_SIZE = 50

Show = Literal["all", "unchecked", "returned", "ending", "ended", "followed"]
Standing = Literal["verified", "unchecked", "returned", "ended", "followed"]


@dataclass(frozen=True, slots=True)
class CoveredProduct:
    """A product that a permit covers or could cover."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class RelatedPermit:
    """The permit that another one renews, or is renewed by."""

    key: str
    number: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class StaffPermit:
    """A permit on the staff's pages; `days_left` counts to its last day, negative after it, None without.

    It `has_next` once a checked one goes on where it ends; `followers` name it, checked or not.
    """

    key: UUID
    kind: str
    number: str
    title: str
    upt_id: int
    upt_code: str
    upt_name: str
    kanwil_id: int
    issued_on: date | None
    expires_on: date | None
    days_left: int | None
    verified_by: str
    refusal: str
    is_sample: bool
    scan_file: str
    has_next: bool
    products: tuple[CoveredProduct, ...]
    follows: tuple[RelatedPermit, ...]
    followers: tuple[RelatedPermit, ...]

    @property
    def standing(self) -> Standing:
        """What has become of it."""
        if self.days_left is not None and self.days_left < 0:
            return "followed" if self.has_next else "ended"
        if self.refusal:
            return "returned"
        return "verified" if self.verified_by else "unchecked"

    @property
    def mark(self) -> str:
        """What names the entry as it stands, for whoever compares it with the paper."""
        slugs = (product.slug for product in self.products)
        columns = (self.number, self.title, self.issued_on, self.expires_on, self.scan_file)
        return permit_mark(*columns, slugs, is_verified=bool(self.verified_by))

    @property
    def is_ending(self) -> bool:
        """Whether its holder should see to the next one."""
        left = self.days_left
        return left is not None and 0 <= left <= max(PERMIT_WARNINGS) and not self.has_next


@dataclass(frozen=True, slots=True)
class PermitPage:
    """Some rows of the list, from page 1."""

    rows: tuple[StaffPermit, ...]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class PermitNotice:
    """What a mail to the holder of a permit says; `upt_email` may be unknown.

    It `has_next` once a checked one goes on where it ends. Of those that name it, `waiting_next` is the
    number of one that waits to be checked, `checked_next` that of one that is checked, if there are any.
    """

    key: UUID
    kind: str
    number: str
    expires_on: date | None
    verified_by: str
    refusal: str
    upt_name: str
    upt_email: str | None
    has_next: bool
    waiting_next: str | None
    checked_next: str | None


@dataclass(frozen=True, slots=True)
class PermitHolder:
    """A UPT for which the actor may enter permits."""

    code: str
    name: str


def permits_for(
    session: Session, actor: Actor, *, words: str, show: Show, today: date, page: int
) -> PermitPage:
    """The permits of the actor's UPTs, those that end soonest first. One statement."""
    query = (
        _permits(actor, today)
        .where(_matches(words), _shown(show, today))
        .order_by(Permit.expires_on.asc().nulls_last(), Permit.id)
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    rows = [_permit(row._asdict()) for row in session.execute(query)]
    return PermitPage(tuple(rows[:PAGE_SIZE]), page, len(rows) > PAGE_SIZE)


def permit_rows(
    session: Session, actor: Actor, *, words: str, show: Show, today: date
) -> Iterator[StaffPermit]:
    """All of them, in the same order."""
    query = _permits(actor, today).where(_matches(words), _shown(show, today))
    names = query.selected_columns.keys()
    for row in in_portions(session, query, (func.coalesce(Permit.expires_on, date.max), Permit.id)):
        yield _permit(dict(zip(names, row, strict=True)))


def permit_for(session: Session, actor: Actor, key: UUID, *, today: date) -> StaffPermit:
    """One permit of the actor's scope. Raises PermitNotFound."""
    row = session.execute(_permits(actor, today).where(Permit.key == key)).one_or_none()
    if row is None:
        raise PermitNotFound
    return _permit(row._asdict())


def permit_notice(session: Session, permit_id: int) -> PermitNotice | None:
    """What to tell the holder of a permit; None if it was withdrawn meanwhile."""
    row = session.execute(
        select(
            *(Permit.key, Permit.kind, Permit.number, Permit.expires_on, Permit.verified_by, Permit.refusal),
            *(Upt.name, Upt.email, has_next(), waiting_next(), checked_next()),
        )
        .join(Upt, Upt.id == Permit.upt_id)
        .where(Permit.id == permit_id)
    ).one_or_none()
    return PermitNotice(*row) if row else None


def holders_for(session: Session, actor: Actor) -> Sequence[PermitHolder]:
    """The UPTs for which the actor may enter permits."""
    query = select(Upt.code, Upt.name).where(Upt.id.in_(actor.upt_ids)).order_by(Upt.name)
    return [PermitHolder(*row) for row in session.execute(query)] if actor.may("permit.work") else []


def holder_for(session: Session, actor: Actor, upt_code: str | None) -> PermitHolder:
    """One of them, by its code; the first without one. Raises PermitNotFound."""
    holders = holders_for(session, actor)
    found = next((holder for holder in holders if upt_code in (None, holder.code)), None)
    if found is None:
        raise PermitNotFound
    return found


def products_to_cover(
    session: Session, upt_code: str, covered: Iterable[CoveredProduct] = ()
) -> Sequence[CoveredProduct]:
    """What a UPT makes, by name, and what its permit covers; other products that were withdrawn stay out."""
    query = (
        select(Product.slug, Product.name)
        .join(Maker, Maker.product_id == Product.id)
        .join(Upt, Upt.id == Maker.upt_id)
        .where(Upt.code == upt_code, is_tended())
    )
    made = {CoveredProduct(*row) for row in session.execute(query)}
    return sorted(made.union(covered), key=lambda product: (product.name, product.slug))


def is_above(actor: Actor, *, upt_id: int, kanwil_id: int) -> bool:
    """Whether the actor checks the permits of a UPT: for an office above it, and in no office of its own."""
    reaches = actor.is_national or kanwil_id in actor.kanwil_ids
    return actor.may("permit.verify") and reaches and upt_id not in actor.upt_ids


def permit_mark(
    number: str,
    title: str,
    issued_on: date | None,
    expires_on: date | None,
    scan_file: str,
    slugs: Iterable[str],
    *,
    is_verified: bool,
) -> str:
    """A mark that is another one as soon as anything is that a reviewer compares, or it is verified."""
    entry = (number, title, issued_on, expires_on, scan_file, sorted(slugs), is_verified)
    return sha256(repr(entry).encode()).hexdigest()


def days_left(today: date) -> ColumnElement[int | None]:
    """The days to a permit's last one, negative after it; the database counts them as a whole number."""
    return type_coerce(Permit.expires_on - literal(today), Integer)


def owned_scans(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these keys of the file store belong to the scan of a permit."""
    return set(session.scalars(select(Permit.scan_file).where(Permit.scan_file.in_(keys))))


def _matches(words: str) -> ColumnElement[bool]:
    """Whether the words stand in the number, the title, the UPT's name or that of a product it covers."""
    if not words:
        return true()
    covers = (
        select(PermitProduct.permit_id)
        .join(Product, Product.id == PermitProduct.product_id)
        .where(PermitProduct.permit_id == Permit.id, Product.name.icontains(words, autoescape=True))
    )
    columns = (Permit.number, Permit.title, Upt.name)
    return or_(*(column.icontains(words, autoescape=True) for column in columns), covers.exists())


def permit_counts(session: Session, actor: Actor, *, today: date) -> dict[Show, int]:
    """How many permits of the actor's UPTs each list of them shows."""
    shows = get_args(Show)
    counts = [func.count().filter(_shown(show, today)) for show in shows]
    query = select(*counts).select_from(Permit).join(Upt, Upt.id == Permit.upt_id).where(in_scope(actor))
    return dict(zip(shows, session.execute(query).one(), strict=True))


def _shown(show: Show, today: date) -> ColumnElement[bool]:
    lives = or_(Permit.expires_on.is_(None), Permit.expires_on >= today)
    last = last_warned_of(today)
    conditions: dict[Show, ColumnElement[bool]] = {
        "all": true(),
        "unchecked": lives & Permit.verified_at.is_(None) & (Permit.refusal == ""),
        "returned": lives & (Permit.refusal != ""),
        "ending": Permit.expires_on.between(today, last) & ~has_next(),
        "ended": (Permit.expires_on < today) & ~has_next(),
        "followed": (Permit.expires_on <= last) & has_next(),
    }
    return conditions[show]


_covered_product = func.jsonb_build_array(Product.slug, Product.name)


def _permits(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    covered = (
        select(func.jsonb_agg(aggregate_order_by(_covered_product, Product.name, Product.id)))
        .select_from(PermitProduct)
        .join(Product, Product.id == PermitProduct.product_id)
        .where(PermitProduct.permit_id == Permit.id)
        .scalar_subquery()
    )
    return (
        select(
            *(Permit.key, Permit.kind, Permit.number, Permit.title, Permit.upt_id),
            *(Upt.code.label("upt_code"), Upt.name.label("upt_name"), Upt.kanwil_id),
            *(Permit.issued_on, Permit.expires_on),
            days_left(today).label("days_left"),
            *(Permit.verified_by, Permit.refusal, Permit.is_sample, Permit.scan_file),
            has_next().label("has_next"),
            covered.label("products"),
            _related(lambda other: other.id == Permit.follows_id).label("follows"),
            _related(lambda other: other.follows_id == Permit.id).label("followers"),
        )
        .join(Upt, Upt.id == Permit.upt_id)
        .where(in_scope(actor))
    )


def _related(condition: Callable[[type[Permit]], ColumnElement[bool]]) -> ScalarSelect[Any]:
    """The permits that stand in a relation to the one at hand, as a list of lists."""
    other = aliased(Permit)
    related = func.jsonb_build_array(other.key, other.number, other.verified_at.is_not(None))
    found = select(func.jsonb_agg(aggregate_order_by(related, other.id))).where(condition(other))
    return found.correlate(Permit).scalar_subquery()


def _permit(row: Mapping[str, Any]) -> StaffPermit:
    values = dict(row)
    products = tuple(CoveredProduct(*pair) for pair in values.pop("products") or ())
    for name in ("follows", "followers"):
        values[name] = tuple(RelatedPermit(*related) for related in values[name] or ())
    return StaffPermit(**values, products=products)

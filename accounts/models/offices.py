"""The offices that take part: Kanwil and UPT, and the addresses a UPT had before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.opening_hours import OPENING_HOURS
from accounts.rules import OFFICE_NUMBER, UPT_KINDS
from kernel.db import Base, Id, one_of


class Kanwil(Base):
    """A regional office of Ditjen PAS; it may cover more than one province."""

    __tablename__ = "kanwils"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)


class Upt(Base):
    """One institution (Lapas, Rutan, LPKA, Bapas...). `code` is ours, stable through changes of name.

    `whatsapp` is a number of the office, with the country's 62 in front. `pickup_hours` are written as
    `accounts.opening_hours` reads them, in the zone of the UPT's province. `changed_at` is kept by the
    database.
    """

    __tablename__ = "upts"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    security_class: Mapped[str] = mapped_column(server_default=text("''"))
    kanwil_id: Mapped[int] = mapped_column(ForeignKey("kanwils.id"), index=True)
    province_code: Mapped[str]
    regency_code: Mapped[str]
    province: Mapped[str]
    city: Mapped[str]
    email: Mapped[str | None]
    address: Mapped[str | None]
    about_id: Mapped[str | None]
    about_en: Mapped[str | None]
    whatsapp: Mapped[str | None]
    pickup_hours: Mapped[str | None]
    is_open_for_pickup: Mapped[bool] = mapped_column(server_default=text("false"))
    source_url: Mapped[str] = mapped_column(server_default=text("''"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    kanwil: Mapped[Kanwil] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(one_of("kind", UPT_KINDS), name="kind"),
        CheckConstraint("province_code ~ '^[0-9]{2}$'", name="province_code"),
        CheckConstraint("regency_code ~ '^[0-9]{2}\\.[0-9]{2}$'", name="regency_code"),
        CheckConstraint("left(regency_code, 2) = province_code", name="regency_in_province"),
        CheckConstraint(f"whatsapp ~ '^{OFFICE_NUMBER}$'", name="whatsapp"),
        CheckConstraint(f"pickup_hours ~ '^{OPENING_HOURS}$'", name="pickup_hours"),
    )


class OldUptSlug(Base):
    """An address a UPT had before; it leads to where the UPT is now, however often it has moved."""

    __tablename__ = "old_upt_slugs"

    slug: Mapped[str] = mapped_column(primary_key=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]

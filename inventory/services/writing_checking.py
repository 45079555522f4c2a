"""Rows about products and prices looked up: what each would change, beside what stands there meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.models import Product, Variant
from inventory.product_sheet import (
    MOST_VARIANTS,
    VARIANT_FIELDS,
    Sheet,
    empty_value,
    faults,
    new_variant,
    part_of,
    reads_alike,
    variant_name,
    variant_sheet,
    variants_of,
)
from inventory.queries.drafts import (
    MakingUpt,
    StaffProduct,
    category_names,
    own_products,
    staff_products,
    writing_upts,
)
from inventory.services.table_rows import Check
from inventory.table_file import TableLine, fold

NEEDED_TO_BEGIN = ("name", "category", "kind")


@dataclass(slots=True)
class Target:
    """A product that rows write of: one there is, or one that begins; `sheet` as the rows before leave it.

    `lines` tells which row was the first to change a field.
    """

    name: str
    upt: MakingUpt
    product: StaffProduct | None
    sheet: Sheet
    lines: dict[str, int] = field(default_factory=dict)


def begin_check(actor: Actor, at: datetime) -> Check:
    """How the rows of one table about products or prices are looked up."""
    reading = _Reading(actor.only("product.work"), at)

    def check(session: Session, lines: Sequence[TableLine]) -> Iterator[tuple[TableLine, dict[str, Any]]]:
        reading.look_up(session, lines)
        for line in lines:
            columns = reading.columns(line)
            if line.errors or columns:
                yield line, columns

    return check


@dataclass(slots=True)
class _Reading:
    """What is known while one table is read: products by address, those that begin by UPT and name."""

    actor: Actor
    at: datetime
    known: dict[str, Target] = field(default_factory=dict)
    beginning: dict[tuple[str, str], Target] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)
    upts: dict[str, MakingUpt] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)
    categories: frozenset[str] = frozenset()

    def look_up(self, session: Session, lines: Sequence[TableLine]) -> None:
        """Read the products that these rows name, and what has to be known of the others."""
        if not self.categories:
            self.categories = frozenset(category_names(session))
            self.upts = {upt.code: upt for upt in writing_upts(session, self.actor)}
        if not self.names and any(_begins(line) for line in lines):
            self.names = names_of(session, self.actor)
        skus = {line.sku for line in lines if line.sku}
        query = select(Variant.sku, Product.slug).join_from(Variant, Product)
        self.slugs |= {row.sku: row.slug for row in session.execute(query.where(Variant.sku.in_(skus)))}
        named = {line.says["slug"] or self.slugs.get(line.sku, "") for line in lines} - self.known.keys()
        for product in staff_products(session, self.actor, named):
            if product.own is not None:
                self.known[product.slug] = Target(product.name, product.own, product, product.sheet)

    def columns(self, line: TableLine) -> dict[str, Any]:
        """The columns of a row that changes something, empty for others; what is wrong is noted in it."""
        if line.errors:
            return {}
        target = self._begin(line) if _begins(line) else self._find(line)
        if target is None or line.errors:
            return {}
        variant = self._variant(line, target)
        if line.errors:
            return {}
        mine = _fields(line.says["fields"], variant, target.sheet)
        self._check(line, target, mine)
        changed = {name: value for name, value in mine.items() if not _alike(name, value, target)}
        self._refuse_second_thoughts(line, target, mine, changed)
        if line.errors or not changed:
            return {}
        seen = {name: target.sheet.get(name) for name in changed}
        target.sheet |= changed
        says = {
            "slug": target.product.slug if target.product else "",
            "upt": target.upt.code,
            "product": target.name,
            "variant": variant_name(variant_sheet(target.sheet, variant)) if variant else "",
            "fields": changed,
            "seen": seen,
        }
        return {"upt_id": target.upt.id, "says": says}

    def _find(self, line: TableLine) -> Target | None:
        slug = line.says["slug"] or self.slugs.get(line.sku, "")
        target = self.known.get(slug)
        if target is None:
            column = "slug" if line.says["slug"] else "sku"
            line.errors.append((column, "product_not_found", {}))
        elif target.product and target.product.standing == "archived":
            line.errors.append(("sku", "table_laid_aside", {}))
        return target

    def _begin(self, line: TableLine) -> Target | None:
        """The product that a row without an address and a SKU begins, or that one before it has begun."""
        fields = line.says["fields"]
        upt = self.upts.get(line.upt_code)
        if upt is None:
            line.errors.append(("upt", "table_upt", {}))
            return None
        place = upt.code, fold(fields.get("name"))
        if place in self.names:
            line.errors.append(("name", "table_product_known", {}))
        if place in self.beginning:
            return self.beginning[place]
        line.errors += [(name, "field_needed", {}) for name in NEEDED_TO_BEGIN if not fields.get(name)]
        if line.errors:
            return None
        return self.beginning.setdefault(place, Target(str(fields["name"]), upt, None, {}))

    def _variant(self, line: TableLine, target: Target) -> str:
        """The key of the variant that a row is about; empty if it is about the product alone."""
        if line.sku:
            if line.sku not in variants_of(target.sheet):
                line.errors.append(("sku", "product_not_found", {}))
            return line.sku
        if line.says["fields"].keys().isdisjoint(VARIANT_FIELDS):
            return ""
        if len(variants_of(target.sheet)) >= MOST_VARIANTS:
            line.errors.append(("sku", "too_many_variants", {"most": MOST_VARIANTS}))
        return new_variant(target.sheet, at=self.at)

    def _check(self, line: TableLine, target: Target, mine: Sheet) -> None:
        variants = set(variants_of(mine))
        for fault in faults({**target.sheet, **mine}, categories=self.categories):
            variant, name = part_of(fault.field)
            if fault.field in mine or (fault.code == "option_in_english_only" and variant in variants):
                line.errors.append((name, fault.code, {"least": fault.least, "most": fault.most}))
        published = target.product is not None and target.product.was_published
        if published and mine.get("kind", target.sheet.get("kind")) != target.sheet.get("kind"):
            line.errors.append(("kind", "table_kind_stays", {}))

    def _refuse_second_thoughts(self, line: TableLine, target: Target, mine: Sheet, changed: Sheet) -> None:
        """What a row before has changed reads as there or as it was, not as something else."""
        for name in changed.keys() & target.lines.keys():
            before = target.product.sheet.get(name) if target.product else None
            if reads_alike(mine[name], before):
                del changed[name]
            else:
                line.errors.append((part_of(name)[1], "table_differs", {"line": target.lines[name]}))
        target.lines |= dict.fromkeys(changed.keys() - target.lines.keys(), line.line)


def names_of(session: Session, actor: Actor) -> set[tuple[str, str]]:
    """UPT and folded name of every product for which the actor writes."""
    found = own_products(session, actor)
    return {(product.own.code, fold(product.name)) for product in found if product.own}


def _begins(line: TableLine) -> bool:
    return not line.sku and not line.says["slug"]


def _fields(written: Mapping[str, Any], variant: str, sheet: Sheet) -> Sheet:
    """The fields of a sheet that a row fills in; one more variant has all of its own."""
    own = {name: written[name] for name in written if name in VARIANT_FIELDS}
    if variant and variant not in variants_of(sheet):
        own = {name: empty_value(name) for name in VARIANT_FIELDS} | own
    return {name: written[name] for name in written if name not in VARIANT_FIELDS} | {
        f"{variant}/{name}": value for name, value in own.items()
    }


def _alike(name: str, value: Any, target: Target) -> bool:
    return name in target.sheet and reads_alike(value, target.sheet[name])

"""Kanwil, provinces and the map of them: where what is sold is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import ngettext

from inventory.queries.regions import (
    ProvinceCount,
    kanwil_list,
    products_of_kanwil,
    products_of_province,
    province_counts,
    upts_of_kanwil,
    upts_of_province,
)
from kernel.db import reading_session
from kernel.errors import NotFound
from kernel.web import to
from storefront.provinces import BY_CODE, BY_SLUG, COLUMNS, PROVINCES, Half, Province
from storefront.web.shelves import cards
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("regions", __name__)

_NEWEST = 10
_LEVELS = 4  # how many shades the map has for provinces that make something
_NONE = ProvinceCount(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Tile:
    """A province and its UPTs that offer something; `level` is 0 where nothing is made, else 1 to 4."""

    province: Province
    url: str
    upts: int
    products: int
    level: int

    @property
    def summary(self) -> str:
        """What is made there, in words."""
        return f"{self.province.name}: {self.products_text}, {self.upts_text}"

    @property
    def products_text(self) -> str:
        """How many products."""
        return str(ngettext("%(num)s product", "%(num)s products", self.products))

    @property
    def upts_text(self) -> str:
        """How many UPTs."""
        return str(ngettext("%(num)s UPT", "%(num)s UPTs", self.upts))


@dataclass(frozen=True, slots=True)
class MapHalf:
    """One half of the map and how many rows of tiles it has."""

    name: Half
    tiles: Sequence[Tile]
    rows: int


@blueprint.get("/kanwil")
def kanwils() -> str:
    """All regional offices. One statement."""
    allow_keeping()
    return render_page("storefront/places/kanwils.html", kanwils=kanwil_list(reading_session()))


@blueprint.get("/kanwil/<slug>")
def kanwil(slug: str) -> str:
    """One regional office, its UPTs and their newest products. Two statements."""
    allow_keeping()
    session = reading_session()
    upts = upts_of_kanwil(session, slug)
    if not upts:
        raise NotFound
    codes = {upt.province_code for upt in upts}
    return render_page(
        "storefront/places/region.html",
        name=upts[0].kanwil_name,
        trail_to=(_("Kanwil"), to("/kanwil")),
        near=[(province.name, to(f"/provinsi/{province.slug}")) for province in _in_order(codes)],
        near_label=_("Provinces"),
        upts=upts,
        products=cards(products_of_kanwil(session, slug, most=_NEWEST)),
        all_url=to(f"/produk?kanwil={slug}"),
        share=("kanwil", slug),
        canonical_path=f"/kanwil/{slug}",
    )


@blueprint.get("/peta")
def provinces() -> str:
    """The map of the provinces, with the same as a list. One statement."""
    allow_keeping()
    counts = province_counts(reading_session())
    bounds = _bounds(count.products for count in counts.values())
    tiles = [_tile(province, counts.get(province.code, _NONE), bounds) for province in PROVINCES]
    halves: tuple[Half, ...] = ("west", "east")
    return render_page(
        "storefront/places/map.html",
        halves=[_half(name, tiles) for name in halves],
        columns=COLUMNS,
        legend=_legend(bounds),
        rows=sorted(tiles, key=lambda tile: (-tile.products, -tile.upts, tile.province.name)),
        active=sum(tile.upts > 0 for tile in tiles),
        upts=sum(tile.upts for tile in tiles),
        registered=sum(count.registered for count in counts.values()),
    )


@blueprint.get("/provinsi/<slug>")
def province(slug: str) -> str:
    """One province, its UPTs and their newest products. Two statements."""
    here = BY_SLUG.get(slug)
    if here is None:
        raise NotFound
    allow_keeping()
    session = reading_session()
    upts = upts_of_province(session, here.code)
    offices = {upt.kanwil: upt.kanwil_name for upt in upts}
    return render_page(
        "storefront/places/region.html",
        name=here.name,
        trail_to=(_("Map of the provinces"), to("/peta")),
        near=[(name, to(f"/kanwil/{kanwil}")) for kanwil, name in sorted(offices.items())],
        near_label=_("Kanwil"),
        upts=upts,
        products=cards(products_of_province(session, here.code, most=_NEWEST)),
        all_url=None,
        robots=None if upts else "noindex, follow",
        canonical_path=f"/provinsi/{slug}",
    )


def _in_order(codes: Iterable[str]) -> list[Province]:
    return [BY_CODE[code] for code in sorted(codes) if code in BY_CODE]


def _tile(province: Province, count: ProvinceCount, bounds: Sequence[int]) -> Tile:
    return Tile(
        province=province,
        url=to(f"/provinsi/{province.slug}"),
        upts=count.upts,
        products=count.products,
        level=sum(count.products >= bound for bound in bounds),
    )


def _half(name: Half, tiles: Sequence[Tile]) -> MapHalf:
    own = [tile for tile in tiles if tile.province.half == name]
    return MapHalf(name, own, 1 + max(tile.province.row for tile in own))


def _bounds(counts: Iterable[int]) -> list[int]:
    """From how many products each level begins: as many provinces in each as there can be."""
    some = sorted(count for count in counts if count)
    if not some:
        return []
    starts = {some[len(some) * level // _LEVELS] for level in range(1, _LEVELS)}
    return sorted({1} | starts)


def _legend(bounds: Sequence[int]) -> list[tuple[int, str]]:
    """Each level with what it means."""
    levels = [(0, str(ngettext("%(num)s product", "%(num)s products", 0)))]
    for level, bound in enumerate(bounds, start=1):
        following = bounds[level] if level < len(bounds) else None
        if following is None:
            levels.append((level, str(_("%(least)s or more", least=bound))))
        elif following == bound + 1:
            levels.append((level, str(bound)))
        else:
            levels.append((level, f"{bound}–{following - 1}"))
    return levels

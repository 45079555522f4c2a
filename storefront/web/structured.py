"""What pages say to machines, as schema.org in JSON-LD: trails, the shop itself, products, offers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask
from markupsafe import Markup

from inventory.queries.upts import UptRow
from kernel.i18n import PREFIXES
from kernel.web import config, to
from storefront.web.head import SHOP_NAME, plain

Thing = Mapping[str, Any]
"""One schema.org object: its "@type" and its properties."""

_CONTEXT = "https://schema.org"
# Inside <script> these signs could end it, open a comment or break a line of a script.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class MakersOffer:
    """What one UPT asks for a product: the lowest and highest price in rupiah, and whether it has any."""

    upt_name: str
    upt_path: str
    lowest: int
    highest: int
    is_available: bool
    is_made_to_order: bool = False


@dataclass(frozen=True, slots=True)
class Rating:
    """What buyers think of a product: the sum of the stars of `count` reviews, and some of them in words."""

    count: int
    total: int
    said: Sequence[SaidReview]


@dataclass(frozen=True, slots=True)
class SaidReview:
    """One published review, by the name it is shown under."""

    author: str
    stars: int
    body: str
    day: date


def init_structured(app: Flask) -> None:
    """Give templates `ld` and the things that only need what a template has at hand."""
    app.jinja_env.globals.update(ld=ld, trail=trail, shop_things=shop_things, item_list=item_list)


def ld(thing: Thing | None) -> Markup:
    """A data block with the thing in it; nothing for none. No text of a product can end the block."""
    if thing is None:
        return Markup("")
    written = json.dumps({"@context": _CONTEXT, **thing}, ensure_ascii=False, separators=(",", ":"))
    safe = written.translate(_UNSAFE)
    return Markup(f'<script type="application/ld+json">{safe}</script>')  # noqa: S704 -- nothing in it ends the block


def trail(items: Sequence[tuple[str, str | None]]) -> Thing | None:
    """Where a page stands. Only what begins at the home page: staff pages and the checkout are not found."""
    if not items or items[0][1] != to("/"):
        return None
    steps = [
        {"@type": "ListItem", "position": position, "name": plain(label)}
        | ({"item": _address(url)} if url else {})
        for position, (label, url) in enumerate(items, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": steps}


def shop_things(description: str, languages: Iterable[str] = PREFIXES) -> Thing:
    """The shop and its site, for the home page; the site's search can be asked from outside."""
    home = _address("/")
    organization = {
        "@type": "Organization",
        "@id": f"{home}#organization",
        "name": SHOP_NAME,
        "url": home,
        "description": plain(description),
        "logo": _address("/ikon-512.png"),
    }
    site = {
        "@type": "WebSite",
        "@id": f"{home}#website",
        "name": SHOP_NAME,
        "url": home,
        "inLanguage": list(languages),
        "publisher": {"@id": organization["@id"]},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{_address(to('/cari'))}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }
    return {"@graph": [organization, site]}


def item_list(cards: Sequence[Any]) -> Thing | None:
    """The products of a listing in their order; nothing for an empty one."""
    if not cards:
        return None
    return {
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "url": _address(card.url)}
            for position, card in enumerate(cards, start=1)
        ],
    }


def product_thing(
    *,
    name: str,
    path: str,
    description: str,
    category: str,
    pictures: Sequence[str],
    sku: str | None,
    offers: Sequence[MakersOffer],
    rating: Rating | None = None,
) -> Thing | None:
    """A product with one offer for each UPT that makes it; nothing where it has no price to show.

    Postage depends on the address, so nothing is said of it; ratings are told when there are any.
    """
    if not offers:
        return None
    return {
        "@type": "Product",
        "name": plain(name),
        "url": _address(path),
        "description": plain(description),
        "category": plain(category),
        "image": [_address(picture) for picture in pictures],
        **({"sku": sku} if sku else {}),
        "offers": [_offer(offer, path) for offer in offers],
        **(_rated(rating) if rating and rating.count else {}),
    }


def _rated(rating: Rating) -> Thing:
    return {
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": round(rating.total / rating.count, 2),
            "reviewCount": rating.count,
            "bestRating": 5,
            "worstRating": 1,
        },
        "review": [
            {
                "@type": "Review",
                "author": {"@type": "Person", "name": plain(each.author)},
                "datePublished": each.day.isoformat(),
                "reviewBody": plain(each.body),
                "reviewRating": {"@type": "Rating", "ratingValue": each.stars, "bestRating": 5},
            }
            for each in rating.said
        ],
    }


def service_thing(
    *, name: str, path: str, description: str, category: str, providers: Sequence[tuple[str, str]]
) -> Thing:
    """A service: what it is and the UPTs (name, path) that give it. It is agreed, so it has no offer."""
    return {
        "@type": "Service",
        "name": plain(name),
        "url": _address(path),
        "description": plain(description),
        "serviceType": plain(category),
        "areaServed": {"@type": "Country", "name": "Indonesia"},
        "provider": [_institution(upt, upt_path) for upt, upt_path in providers],
    }


def institution_thing(upt: UptRow) -> Thing:
    """A UPT: where it is and when it can be visited, as far as that is known and not a sample."""
    address = {
        "@type": "PostalAddress",
        "addressLocality": upt.city,
        "addressRegion": upt.province,
        "addressCountry": "ID",
    }
    hours: list[str] = []
    if not upt.is_sample:
        address |= {"streetAddress": upt.address} if upt.address else {}
        hours = upt.pickup_hours.split("; ") if upt.pickup_hours and upt.is_open_for_pickup else []
    return {
        "@type": "GovernmentOffice",
        "name": upt.name,
        "url": _address(to(f"/upt/{upt.slug}")),
        "address": address,
        **({"openingHours": hours} if hours else {}),
        "parentOrganization": _institution(upt.kanwil_name, to(f"/kanwil/{upt.kanwil}")),
    }


def _offer(offer: MakersOffer, path: str) -> Thing:
    if offer.is_available:
        availability = "InStock"
    else:
        availability = "BackOrder" if offer.is_made_to_order else "OutOfStock"
    thing: dict[str, Any] = {
        "@type": "Offer",
        "url": _address(path),
        "priceCurrency": "IDR",
        "price": offer.lowest,
        "availability": f"{_CONTEXT}/{availability}",
        "itemCondition": f"{_CONTEXT}/NewCondition",
        "seller": _institution(offer.upt_name, offer.upt_path),
    }
    if offer.highest != offer.lowest:
        thing["priceSpecification"] = {
            "@type": "PriceSpecification",
            "priceCurrency": "IDR",
            "minPrice": offer.lowest,
            "maxPrice": offer.highest,
        }
    return thing


def _institution(name: str, path: str) -> Thing:
    return {"@type": "Organization", "name": name, "url": _address(path)}


def _address(path: str) -> str:
    return path if "://" in path else config().base_url + path

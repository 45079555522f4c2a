"""The tables of products and of prices: their columns, and what one row of them says."""

from __future__ import annotations

import re

from inventory.product_sheet import (
    COST_FIELDS,
    FACT_FIELDS,
    NUMBER_FIELDS,
    OPTION_FIELDS,
    OWN_FIELDS,
    PRODUCT_FIELDS,
    VARIANT_FIELDS,
    Value,
)
from inventory.rules import DELIVERY_MODES, MOST_BOOKED_SINGLY
from inventory.table_file import Cells, Layout, TableLine, Words, as_text, fold, refuse_empty
from kernel.money import parse_rupiah
from kernel.written import whole_number

AMOUNT_FIELDS = ("price", *COST_FIELDS)

_ONE_LINE = frozenset({"name", "unit", "net_content", *OPTION_FIELDS})
_NAMING = ("slug", "sku", "upt")


def _read(line: TableLine, cells: Cells, words: Words) -> bool:
    """The product's address (`slug`, where there is a column for it) and the `fields` of its sheet, by their
    names; a cell that is empty changes nothing.
    """
    fields: dict[str, Value] = {}
    if "slug" not in cells:
        refuse_empty(line, sku=line.sku)
    for name in cells:
        if name not in _NAMING and line.written[name]:
            value = _value(name, cells[name], words)
            if value is None:
                line.errors.append((name, _COMPLAINTS.get(name, "table_number"), {}))
            fields[name] = value
    line.says = {"slug": line.written.get("slug", ""), "fields": fields}
    return bool(fields)


def _value(name: str, cell: object, words: Words) -> Value:
    """What a cell that is not empty says; None for what cannot stand there."""
    if name in AMOUNT_FIELDS and isinstance(cell, str):
        return parse_rupiah(cell)
    if name in NUMBER_FIELDS:
        return whole_number(cell)
    written = as_text(cell)
    if name == "delivery_modes":
        modes = {words.choices[name].get(fold(part)) for part in re.split(r"[,;\n]", written) if fold(part)}
        return None if None in modes else [mode for mode in DELIVERY_MODES if mode in modes]
    if name in words.choices:
        return words.choices[name].get(fold(written))
    return " ".join(written.split()) if name in _ONE_LINE else written.replace("\r\n", "\n").strip()


_COMPLAINTS = {
    **dict.fromkeys(("category", "kind", "delivery_modes"), "field_not_listed"),
    **dict.fromkeys(AMOUNT_FIELDS, "table_amount"),
}

PRODUCTS = Layout(
    (*_NAMING, *PRODUCT_FIELDS, *FACT_FIELDS, "delivery_modes", *OWN_FIELDS, *VARIANT_FIELDS),
    frozenset({"slug", "sku", "name"}),
    MOST_BOOKED_SINGLY,
    _read,
)
"""A variant a row, with its product; a row without an address and a SKU begins one."""

PRICES = Layout(("sku", *AMOUNT_FIELDS), frozenset({"sku", "price"}), MOST_BOOKED_SINGLY, _read)
"""Of which variant, its price, and the cost sheet behind it."""

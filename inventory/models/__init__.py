"""The tables of this room: goods, their permits, what listings read of them, and the stock."""

from inventory.models.batches import Batch, BatchMove
from inventory.models.catalogue import NO_PRICE, CatalogueEntry, CatalogueTerm
from inventory.models.counts import CountLine, StockCount
from inventory.models.drafts import ProductDraft
from inventory.models.imports import SheetImport, SheetImportRow
from inventory.models.pauses import Pause
from inventory.models.permits import Permit, PermitProduct, PermitRule
from inventory.models.photographs import Photograph, PhotographFile
from inventory.models.products import (
    Category,
    Maker,
    OldProductSlug,
    Product,
    ProductFacts,
    Variant,
    VariantOption,
)
from inventory.models.restock import RestockRequest
from inventory.models.stock import LedgerEntry, Reservation, Stock
from inventory.models.terms import ProductTerms
from inventory.models.transfers import Location, LocationStock, PlaceSale, Transfer, TransferLine

__all__ = [
    "NO_PRICE",
    "Batch",
    "BatchMove",
    "CatalogueEntry",
    "CatalogueTerm",
    "Category",
    "CountLine",
    "LedgerEntry",
    "Location",
    "LocationStock",
    "Maker",
    "OldProductSlug",
    "Pause",
    "Permit",
    "PermitProduct",
    "PermitRule",
    "Photograph",
    "PhotographFile",
    "PlaceSale",
    "Product",
    "ProductDraft",
    "ProductFacts",
    "ProductTerms",
    "Reservation",
    "RestockRequest",
    "SheetImport",
    "SheetImportRow",
    "Stock",
    "StockCount",
    "Transfer",
    "TransferLine",
    "Variant",
    "VariantOption",
]

"""Why the inventory room refuses."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound


class ProductNotFound(NotFound):
    """No such product, or it is withdrawn."""

    code = "product_not_found"


class StockNotFound(NotFound):
    """No such stock, or not of one of the actor's UPTs."""

    code = "stock_not_found"


class StockNotYours(Forbidden):
    """The actor may see the stock but not change it."""

    code = "stock_not_yours"


class NotForSale(Conflict):
    """The variant cannot be bought by cart: a service, an export commodity, no price, or withdrawn.

    Parameters: variant_id, product.
    """

    code = "not_for_sale"


class OutOfStock(Conflict):
    """Too few pieces for a line. Parameters: line (index), product, wanted, left, where.

    `where` lists pairs of UPT name and pieces left there.
    """

    code = "out_of_stock"


class StockTooLow(Conflict):
    """The change would leave fewer pieces than are reserved. Parameters: available."""

    code = "stock_too_low"


class QuantityInvalid(Invalid):
    """Not a whole number of pieces within bounds. Parameters: most."""

    code = "quantity_invalid"


class ReasonMissing(Invalid):
    """A change of stock needs a reason from the list."""

    code = "reason_missing"


class PermitNumberInvalid(Invalid):
    """Not a number as the authority writes it. Parameters: kind."""

    code = "permit_number_invalid"


class PermitNotFound(NotFound):
    """No such permit, or not of one of the actor's UPTs."""

    code = "permit_not_found"


class CategoryNotFound(NotFound):
    """The shop has no such category."""

    code = "category_not_found"


class PermitKnown(Conflict):
    """The UPT has entered this permit already. Parameters: number."""

    code = "permit_known"


class PermitDatesInvalid(Invalid):
    """The days of a permit do not fit. The code says how; `field` is "issued_on" or "expires_on"."""

    code = "permit_dates_turned"


class PermitCoversNothing(Invalid):
    """This kind of permit needs products it covers; or, by its code, it covers none, or not of this UPT."""

    code = "permit_covers_nothing"


class PermitFollows(Invalid):
    """A permit follows one of its UPT and kind that ends; or, by its code, one that it lasts longer than."""

    code = "permit_follows_another"


class PermitReviewed(Conflict):
    """Somebody has looked at the permit already, or it was changed meanwhile, or it has ended."""

    code = "permit_reviewed"


class PictureRefused(Invalid):
    """A file that is not taken in as a picture; the code says why.

    Parameters by code: picture_too_heavy megabytes, picture_too_large megapixels, picture_too_small least
    (pixels of the shorter side).
    """

    code = "picture_broken"


class BackAlready(Conflict):
    """Nobody needs to wait: there are free pieces. Parameters: product."""

    code = "back_already"


class WaitsForTooMuch(Conflict):
    """A person waits for as much as one may at once. Parameters: most."""

    code = "waits_for_too_much"


class RestockGone(NotFound):
    """There is no such request to be told, or it has ended."""

    code = "restock_gone"


class PhotographNotFound(NotFound):
    """No such photograph, or not of one of the actor's UPTs."""

    code = "photograph_not_found"


class TooManyPhotographs(Conflict):
    """The product has as many photographs as it may. Parameters: most."""

    code = "too_many_photographs"


class PhotographKnown(Conflict):
    """The very same picture is there already."""

    code = "photograph_known"


class PhotographNotWaiting(Conflict):
    """Only a photograph that waits for its review can be reviewed."""

    code = "photograph_not_waiting"


class BatchRefused(Invalid):
    """A production batch that cannot be; the code says why. Parameters: field, by code also most."""

    code = "batch_refused"


class BatchNeeded(Invalid):
    """Food comes onto a shelf as a batch, with its date."""

    code = "batch_needed"


class LifeTooShort(Conflict):
    """Too few pieces on the shelf keep until the parcel arrives. Parameters: product, left, good_until."""

    code = "life_too_short"


class CountNotFound(NotFound):
    """No such sheet or line of a stock-take, or not of one of the actor's UPTs."""

    code = "count_not_found"


class CountRefused(Conflict):
    """What is asked of a sheet no longer fits; the code says why. Parameters: by code most."""

    code = "count_closed"


class CountNeedsAnother(Forbidden):
    """Whoever noted a difference does not approve it."""

    code = "count_needs_another"


class PauseNotFound(NotFound):
    """No such pause, or it has ended, or it is not of one of the actor's UPTs."""

    code = "pause_not_found"


class PauseKnown(Conflict):
    """This is paused already."""

    code = "pause_known"


class PauseRefused(Invalid):
    """A pause that cannot be; the code says why. Parameters: field, by code also most."""

    code = "pause_refused"


class TableRefused(Invalid):
    """A table that was sent in cannot be taken, or one row of it; the code says why.

    Parameters by code: table_columns missing (our names of columns), table_column_twice heading, table_twice
    line, table_delta most.
    """

    code = "table_refused"


class TableNotFound(NotFound):
    """No such table, or somebody else sent it."""

    code = "table_not_found"


class TableNotForStandIn(Forbidden):
    """Who stands in books no tables: the worker does later, and cannot ask whether they still do."""

    code = "table_stand_in"


class TooManyTables(Conflict):
    """As many tables of the sender as may wait to be read do. Parameters: most."""

    code = "table_too_many"


class TableMoved(Conflict):
    """The table is not in the state any more in which this can be done with it."""

    code = "table_moved"


class ProductRefused(Invalid):
    """Something in a product's sheet cannot stand there. Parameters: faults (a list of Fault)."""

    code = "product_refused"


class ProductChanged(Conflict):
    """Others have written of the product since the form was opened. Parameters: merge (a Merge)."""

    code = "product_changed"


class ProductIncomplete(Conflict):
    """Fields have to be filled in before a product is proposed. Parameters: fields."""

    code = "product_incomplete"


class ProductDecided(Conflict):
    """The draft of a product was changed, decided on or laid aside meanwhile."""

    code = "product_decided"


class ProductShared(Conflict):
    """Other UPTs make the product too, so that one of them does not take it out of the shop."""

    code = "product_shared"


class TooManyVariants(Conflict):
    """A product has as many variants as it may. Parameters: most."""

    code = "too_many_variants"


class PlaceNotFound(NotFound):
    """No such place beside a store, or it is not in the actor's scope."""

    code = "place_not_found"


class PlaceRefused(Conflict):
    """A place cannot be opened, closed or sold at; the code says why. Parameters by code: sku, available."""

    code = "place_known"


class TransferNotFound(NotFound):
    """No such transfer, or neither end of it is in the actor's scope."""

    code = "transfer_not_found"


class TransferRefused(Conflict):
    """What is asked of a transfer does not fit; the code says why. Parameters by code: sku, and numbers."""

    code = "transfer_over"

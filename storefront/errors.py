"""Why a cart or a wishlist refuses."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound


class CartFull(Conflict):
    """Another line would be more than a cart holds. Parameters: most."""

    code = "cart_full"


class LineNotFound(NotFound):
    """The cart has no such line; another tab may have removed it."""

    code = "cart_line_not_found"


class NotMadeThere(Invalid):
    """The chosen UPT does not keep this variant. Parameters: product."""

    code = "not_made_there"


class WishlistFull(Conflict):
    """Another product would be more than a wishlist holds. Parameters: most."""

    code = "wishlist_full"

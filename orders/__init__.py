"""Orders, parcels per UPT, shipping, payments and refunds."""

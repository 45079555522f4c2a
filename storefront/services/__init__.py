"""Use-cases of carts."""

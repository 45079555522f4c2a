"""Front door: the app factory, catalogue, search, cart, checkout and customer pages."""

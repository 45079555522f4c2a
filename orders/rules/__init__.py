"""Pure rules of orders: states, which UPT serves what, what shipping costs."""

"""The use-cases of goods and stock, a file a theme."""

"""Use-cases of the people who work here."""

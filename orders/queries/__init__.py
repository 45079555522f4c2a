"""Reads of orders; the gates that decide what an actor may see."""

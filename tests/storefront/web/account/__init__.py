"""Tests of the customer's home."""

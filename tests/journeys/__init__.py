"""Whole stories, walked by people with real browsers through a shop of real processes."""

"""Signing in and out, and the guards of staff pages."""

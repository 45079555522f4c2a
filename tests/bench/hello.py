"""The floor of every page: Flask answering with two words, under the same server as the shop."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """Two words; nothing is rendered, nothing is asked of anybody."""
    return "Hello, World!"

"""The notice without a network: tiny, in both languages, and nothing of anybody in it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.languages import strangers


class TestScript:
    def test_is_small_and_for_the_whole_shop(self, client: FlaskClient) -> None:
        answer = client.get("/sw.js")
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
        assert len(answer.data) < 1_000
        assert client.get("/en/sw.js").status_code == 404

    def test_keeps_these_pages_alone(self, client: FlaskClient) -> None:
        script = client.get("/sw.js").text
        assert 'PAGES = ["/luring", "/en/luring"]' in script
        assert len(re.findall(r"\.(?:add|addAll|put)\(", script)) == 1
        assert 'credentials: "omit"' in script

    def test_becomes_another_with_another_style_sheet(self, client: FlaskClient) -> None:
        style = re.search(r'href="(/static/css/lapak.css[^"]*)"', client.get("/luring").text)
        assert style
        assert f'KEPT = "{style[1]}"' in client.get("/sw.js").text


@pytest.mark.parametrize(("language", "prefix"), [("id", ""), ("en", "/en")])
class TestPage:
    def test_speaks_one_language_and_asks_for_nothing(
        self, client: FlaskClient, queries: list[str], language: str, prefix: str
    ) -> None:
        client.set_cookie("lapak_cart", "somebody")
        page = client.get(f"{prefix}/luring")
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert strangers(page.text, language) == []
        assert queries == []
        assert "noindex" in page.text

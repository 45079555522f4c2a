"""That a page with a barrier is found out, also where a page like it was looked at before."""

from __future__ import annotations

import pytest

from tests.journeys.browsing import PHONE
from tests.journeys.conftest import Opens

_PALE = """([place, name]) => {
    const said = document.createElement('p');
    said.className = name;
    said.textContent = 'Hardly to be read';
    said.style.color = '#ccc';
    said.style.backgroundColor = '#fff';
    document.querySelector(place).append(said);
}"""
_NAMELESS = """name => {
    const button = document.createElement('button');
    button.className = name;
    document.querySelector('main').append(button);
}"""


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_barrier_is_found_wherever_it_appears(person: Opens, scripts: bool) -> None:
    with person(width=PHONE, scripts=scripts) as visitor:
        for place in ("main", "footer"):
            visitor.open("/tentang")
            assert visitor.complaints == []
            visitor.page.evaluate(_PALE, [place, f"pale-{place}-{scripts}"])
            visitor.check()
            assert "color-contrast" in visitor.complaints.pop()
            assert visitor.complaints == []
        visitor.open("/tentang")
        visitor.page.evaluate(_NAMELESS, f"nameless-{scripts}")
        visitor.check()
        assert "button-name" in visitor.complaints.pop()

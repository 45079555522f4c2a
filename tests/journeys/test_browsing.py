"""That a page with a barrier is found out, also where a page like it was looked at before."""

from __future__ import annotations

import pytest

from tests.journeys.browsing import DESKTOP, PHONE
from tests.journeys.conftest import Opens

_PALE = """([place, name]) => {
    const said = document.createElement('p');
    said.className = name;
    said.textContent = 'Hardly to be read';
    said.style.color = '#ccc';
    said.style.backgroundColor = '#fff';
    document.querySelector(place).append(said);
}"""
_PALE_ON_A_DESKTOP = """name => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`.${name} { display: none } @media (min-width: 800px) { .${name} { display: block } }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
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


def test_what_a_phone_hides_is_measured_where_it_is_shown(person: Opens) -> None:
    for width, is_found in ((PHONE, False), (DESKTOP, True)):
        with person(width=width) as visitor:
            visitor.open("/tentang")
            visitor.page.evaluate(_PALE_ON_A_DESKTOP, "pale-hidden")
            visitor.page.evaluate(_PALE, ["main", "pale-hidden"])
            visitor.check()
            assert [each for each in visitor.complaints if "color-contrast" in each] == visitor.complaints
            assert bool(visitor.complaints) is is_found
            visitor.complaints.clear()

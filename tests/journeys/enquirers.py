"""What people do who ask for something instead of putting it in a cart."""

from __future__ import annotations

import re

from tests.journeys.browsing import Browsing
from tests.journeys.ledgers import column
from tests.sandbox_client import ReceivedMail
from tests.shop import RunningShop

_SEND_TWICE = """form => {
    const values = new URLSearchParams(new FormData(form));
    const send = () => fetch(form.action, {method: 'POST', body: values});
    return Promise.all([send(), send()]).then(answers => answers.map(answer => answer.url));
}"""


def write(person: Browsing, **values: str) -> None:
    """Fill in fields by their names."""
    for name, value in values.items():
        person.field(name).fill(value)


def send_twice_at_once(person: Browsing, action: str) -> list[str]:
    """The form is sent two times before anything was answered; gives the numbers they came to."""
    form = person.page.locator(f'main form[action^="{action}"]')
    return [number_in(address) for address in form.evaluate(_SEND_TWICE)]


def choose_time(person: Browsing, position: int) -> str:
    """Take the so-manieth time that is offered, counted from 1; gives its words without the places left."""
    person.field("slot").select_option(index=position)
    words = person.field("slot").locator("option").nth(position).inner_text()
    return words.partition(" · ")[0].strip()


def times_offered(person: Browsing) -> list[str]:
    """The words of every time that can be chosen."""
    return person.field("slot").locator('option:not([value=""])').all_inner_texts()


def number_of(person: Browsing) -> str:
    """The number of the enquiry that the page is about."""
    return number_in(person.page.url)


def number_in(address: str) -> str:
    """The number of an enquiry in an address."""
    found = re.search(r"PM-[0-9A-Z]+", address)
    assert found is not None
    return found[0]


def thread_link(mail: ReceivedMail) -> str:
    """The link to the conversation that a mail holds."""
    found = re.search(r"http://\S+/permintaan/PM-\S+", mail.text)
    assert found is not None
    return found[0]


def enquiries(shop: RunningShop, email: str | None = None) -> int:
    """How many enquiries are stored, of everybody or of one address."""
    query = "SELECT count(*) FROM enquiries WHERE email = coalesce(:email, email)"
    return int(column(shop, query, email=email)[0])

"""`lapak rename` and `lapak office`, as a person runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from operations.cli import lapak
from tests.factories.inventory import make_ready_good, make_upt


@pytest.fixture
def shop(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A shop with bread of one UPT, named in the environment as the commands read it."""
    url = new_database()
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("CELERY_BROKER_URL", valkey_url)
    monkeypatch.setenv("LAPAK_VAR", str(tmp_path / "var"))
    engine = create_engine(url)
    with Session(engine) as session:
        make_ready_good(session, "Roti", upt=make_upt(session, "Rutan Lama", code="RTN-LAMA"))
        session.commit()
    engine.dispose()
    return url


def rename(*arguments: str) -> Result:
    return CliRunner().invoke(lapak, ["rename", *arguments])


def slugs(url: str, table: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.scalars(text(f"SELECT slug FROM {table} ORDER BY slug")))
    engine.dispose()
    return found


def test_gives_a_new_address_and_keeps_the_old_one(shop: str) -> None:
    assert "/produk/kue-manis" in rename("product", "roti", "Kue Manis").output
    assert "/upt/rutan-baru" in rename("upt", "RTN-LAMA", "Rutan Baru").output
    assert (slugs(shop, "products"), slugs(shop, "old_product_slugs")) == (["kue-manis"], ["roti"])
    assert (slugs(shop, "upts"), slugs(shop, "old_upt_slugs")) == (["rutan-baru"], ["rutan-lama"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("product", "tidak-ada", "Kue"),
        ("product", "roti", "!"),
        ("upt", "NONE", "Rutan"),
        ("upt", "RTN-LAMA", ""),
    ],
)
def test_tells_what_it_cannot_do_and_changes_nothing(shop: str, arguments: tuple[str, ...]) -> None:
    refused = rename(*arguments)
    assert refused.exit_code == 1
    assert str(refused.exception).endswith(".")
    assert slugs(shop, "products") + slugs(shop, "upts") == ["roti", "rutan-lama"]


def office(*arguments: str) -> Result:
    return CliRunner().invoke(lapak, ["office", *arguments])


def test_tells_of_an_office_and_says_what_is_wrong(shop: str) -> None:
    told = office("RTN-LAMA", "--whatsapp", "0262-1234567", "--hours", "Mo-Fr 08:00-15:00", "--pickup")
    assert told.exit_code == 0
    assert told.output == "Its page tells it now.\n"
    assert "Nothing changed" in office("RTN-LAMA", "--whatsapp", "0262-1234567").output
    for wrong in (("RTN-LAMA", "--whatsapp", "12"), ("RTN-LAMA", "--hours", "always"), ("NONE", "--pickup")):
        refused = office(*wrong)
        assert refused.exit_code == 1
        assert str(refused.exception).endswith(".")

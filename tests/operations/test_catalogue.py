"""The commands that fill the shop, as a person runs them, on a database of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, create_engine, text

from kernel.config import Config
from operations.cli import lapak
from operations.demo import DEMO_PRODUCTS, DEMO_RATES, DEMO_UPTS, ensure_demo_catalogue, load_demo
from operations.errors import OperationsError
from operations.synthetic import synthetic_catalogue
from tests.conftest import make_config
from tests.inventory.catalogue_files import PRODUCTS, UPTS

_MEASURED = (
    "import resource; from operations.cli import lapak; lapak(standalone_mode=False);"
    " print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)
_PASSWORD = "a password for officers"


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """An empty shop."""
    return new_database()


@pytest.fixture
def shop(database: str, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The empty shop, named in the environment as the commands read it."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("CELERY_BROKER_URL", valkey_url)
    monkeypatch.setenv("LAPAK_VAR", str(tmp_path / "var"))
    return database


def run(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(lapak, list(map(str, arguments)))


def run_alone(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def connected(database: str) -> Iterator[Connection]:
    engine = create_engine(database)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def count(database: str, table: str) -> int:
    with connected(database) as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def written(folder: Path, upts: str, products: str) -> tuple[Path, Path]:
    (folder / "u.csv").write_text(upts)
    (folder / "p.csv").write_text(products)
    return folder / "u.csv", folder / "p.csv"


class TestImportCatalogue:
    def test_imports_tells_what_changed_and_the_second_time_that_nothing_did(self, shop: str) -> None:
        first = run("import-catalogue", DEMO_UPTS, DEMO_PRODUCTS)
        assert first.exit_code == 0, first.stderr
        assert "266 created" in first.stdout
        second = run("import-catalogue", DEMO_UPTS, DEMO_PRODUCTS)
        assert second.exit_code == 0
        assert "266 unchanged" in second.stdout
        assert "Nothing changed: the shop already has it all." in second.stdout
        assert count(shop, "catalogue_entries") == 266

    def test_a_dry_run_reports_the_same_and_changes_nothing(self, shop: str) -> None:
        told = run("import-catalogue", "--dry-run", DEMO_UPTS, DEMO_PRODUCTS)
        assert told.exit_code == 0
        assert "266 created" in told.stdout
        assert "This was a dry run: nothing was changed." in told.stdout
        assert [count(shop, table) for table in ("kanwils", "upts", "products")] == [0, 0, 0]

    def test_lists_every_problem_and_ends_with_1(self, shop: str, tmp_path: Path) -> None:
        files = written(tmp_path, UPTS.replace("IIA,K", "IX,K", 1), PRODUCTS.replace("25000", "25.000"))
        told = run_alone("from operations.cli import main; main()", "import-catalogue", *files)
        assert told.returncode == 1
        assert told.stdout == ""
        assert told.stderr.splitlines() == [
            "lapak: Nothing was imported, because of 2 problems:",
            '  u.csv:2: class: "IX" is not a class like I, IIA or III',
            '  p.csv:2: price_idr: "25.000" is not a whole number: digits only, no dots or signs',
        ]
        assert str(run("import-catalogue", "--dry-run", *files).exception) in told.stderr
        assert count(shop, "upts") == 0

    def test_says_so_when_another_import_is_at_work(self, shop: str) -> None:
        with connected(shop) as connection:
            connection.execute(text("SELECT pg_advisory_lock(7214003)"))
            told = run("import-catalogue", DEMO_UPTS, DEMO_PRODUCTS)
        assert str(told.exception) == "Another import is at work: wait for its end."

    def test_shows_progress_and_its_memory_hardly_grows_with_the_file(
        self, shop: str, tmp_path: Path
    ) -> None:
        kilobytes = []
        for goods in (1_000, 11_000):
            files = synthetic_catalogue(goods, tmp_path / str(goods))
            told = run_alone(_MEASURED, "import-catalogue", *files)
            assert told.returncode == 0, told.stderr
            kilobytes.append(int(told.stdout.splitlines()[-1]))
            steps = told.stderr.splitlines()
        assert steps == ["10,000 rows read...", "writing...", "rebuilding the search..."]
        small, big = kilobytes
        at_100_000 = small + (big - small) * 99 / 10
        assert at_100_000 < 512 * 1024


class TestImportRates:
    def test_imports_and_a_dry_run_does_not(self, shop: str) -> None:
        assert "188 created" in run("import-rates", "--dry-run", DEMO_RATES).stdout
        assert count(shop, "shipping_rates") == 0
        assert "188 created" in run("import-rates", DEMO_RATES).stdout
        assert "188 unchanged" in run("import-rates", DEMO_RATES).stdout
        assert count(shop, "shipping_rates") == 188


class TestLoadDemo:
    def test_adds_once(self, shop: str) -> None:
        run("import-catalogue", DEMO_UPTS, DEMO_PRODUCTS)
        first = run("load-demo", "--password", _PASSWORD)
        assert first.exit_code == 0, first.stderr
        assert count(shop, "users") == 4
        second = run("load-demo")
        assert "Nothing changed: the demo was loaded before." in second.stdout
        assert count(shop, "users") == 4

    def test_refuses_a_short_password(self, shop: str) -> None:
        told = run("load-demo", "--password", "short")
        assert "at least 12 characters" in str(told.exception)
        assert count(shop, "users") == 0


class TestEnsureDemoCatalogue:
    @pytest.fixture
    def config(self, database: str, valkey_url: str) -> Config:
        """The settings of the empty shop."""
        return make_config(database, valkey_url)

    def test_fills_an_empty_shop_once(self, config: Config, database: str) -> None:
        assert ensure_demo_catalogue(config, _PASSWORD)
        assert not ensure_demo_catalogue(config, _PASSWORD)
        assert count(database, "products") == 267
        assert count(database, "shipping_rates") == 188

    def test_production_gets_no_invented_values(self, config: Config, database: str) -> None:
        production = replace(config, environment="production")
        assert not ensure_demo_catalogue(production, _PASSWORD)
        with pytest.raises(OperationsError, match="not for production"):
            load_demo(production, _PASSWORD)
        assert count(database, "products") == 0


class TestSyntheticCatalogue:
    def test_is_the_same_each_time_and_each_good_has_a_name_of_its_own(self, tmp_path: Path) -> None:
        files = [synthetic_catalogue(500, tmp_path / name)[1].read_text() for name in ("one", "two")]
        assert files[0] == files[1]
        names = [line.partition(",")[0] for line in files[0].splitlines()[1:]]
        assert len(set(names)) == 500

"""That the measurement still works, never how fast anything is: this machine has other things to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.__main__ import run
from tests.bench.report import BEGIN, END, report, write
from tests.bench.suite import BUYING, FLOORS, PAGES, QUICK, Results


@pytest.fixture(scope="module")
def results(_servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(QUICK, tmp_path_factory.mktemp("bench"), _servers)


@pytest.mark.processes
class TestBench:
    def test_measures_every_operation_in_every_round(self, results: Results) -> None:
        found = {key for key, _ in results.measured}
        assert found == {operation.key for operation in (*FLOORS, *PAGES, *BUYING)}
        for rounds in results.measured.values():
            assert all(measured.rate > 0 and 0 < measured.p50 <= measured.p99 for measured in rounds)

    def test_sells_what_there_is_and_breaks_nothing(self, results: Results) -> None:
        assert results.pieces_sold == results.plan.pieces
        assert results.broken_invariants == []

    def test_no_operation_asks_the_database_more_often_than_it_should(self, results: Results) -> None:
        for operation in (*PAGES, *BUYING):
            if operation.most_statements is not None:
                assert results.statements[operation.key] <= operation.most_statements, operation.key
        assert results.statements["listing_warm"] == results.statements["product_warm"] == 0

    def test_reports_a_row_for_each_and_keeps_the_words_around(
        self, results: Results, tmp_path: Path
    ) -> None:
        page = tmp_path / "performance.md"
        page.write_text(f"# Speed\n{BEGIN}\nold figures\n{END}\nWhat they mean.\n")
        write(results, page)
        text = page.read_text()
        assert text.startswith("# Speed\n")
        assert text.endswith(f"{END}\nWhat they mean.\n")
        assert "old figures" not in text
        for operation in (*FLOORS, *PAGES, *BUYING):
            assert f"| {operation.title} |" in report(results)

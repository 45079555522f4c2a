"""What the check of every submission does without a browser, and with an apt-get that brings none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / ".ci" / "run"
TOOLS = ("bash", "dirname", "timeout", "chmod", "cp")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with all the commands there are: nothing is checked or fetched, and nobody waits."""
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    make_command(tmp_path, "make", 'echo "make $1"')
    make_command(tmp_path, "sleep")
    make_command(tmp_path, "apt-get")
    return tmp_path


def make_command(folder: Path, name: str, does: str = ":") -> None:
    (folder / name).write_text(f"#!{shutil.which('bash')}\n{does}\n")
    (folder / name).chmod(0o755)


def run(machine: Path) -> tuple[int, str]:
    environ = {"PATH": str(machine)}
    ended = subprocess.run([RUN], env=environ, capture_output=True, text=True, check=False, timeout=120)
    return ended.returncode, ended.stdout


def test_without_a_browser_nothing_is_checked_and_the_run_fails(machine: Path) -> None:
    code, said = run(machine)
    assert code != 0
    assert "make" not in said


def test_the_whole_browser_does_where_its_shell_brings_no_command(machine: Path) -> None:
    brings = f'[ "${{*: -1}}" != chromium ] || cp {machine}/sleep {machine}/chromium'
    make_command(machine, "apt-get", brings)
    code, said = run(machine)
    assert (code, said) == (0, f"The journeys drive {machine}/chromium\nmake check\n")


def test_a_browser_that_is_there_is_not_fetched(machine: Path) -> None:
    make_command(machine, "chromium-headless-shell")
    make_command(machine, "apt-get", "exit 1")
    assert run(machine) == (0, f"The journeys drive {machine}/chromium-headless-shell\nmake check\n")

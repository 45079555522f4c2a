"""The command that sends a news mail to those who agreed to get one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from accounts.errors import NewsIncomplete, NewsSentBefore
from accounts.rules import system_actor
from accounts.services.news import NewsText, reader_count, release_news
from kernel.clock import now
from operations.environment import environment
from operations.errors import OperationsError
from operations.transactions import one_transaction

_SHAPE = 'link = "/produk/..." and, under [id] and [en], subject and body'


@click.command("send-news")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say to how many people it would go.")
def send_news_command(file: Path, dry_run: bool) -> None:
    """Send the news mail in FILE (TOML) to everybody who consents to news, and to nobody else."""
    news = read_news(file)
    with environment() as config, one_transaction(config) as session:
        try:
            count = (
                reader_count(session)
                if dry_run
                else release_news(session, news, actor=system_actor("command line"), at=now())
            )
        except NewsSentBefore as error:
            raise OperationsError("This mail was sent before: nobody gets the same news twice.") from error
        except NewsIncomplete as error:
            raise OperationsError(f"{file} is incomplete or too long: it needs {_SHAPE}.") from error
    click.echo(f"{'It would go' if dry_run else 'It goes'} to {count} people.")


def read_news(file: Path) -> NewsText:
    """The news in a TOML file. Raises OperationsError."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OperationsError(f"{file} is not TOML: {error}.") from error
    return NewsText(
        subject_id=_text(content, "id", "subject"),
        body_id=_text(content, "id", "body"),
        subject_en=_text(content, "en", "subject"),
        body_en=_text(content, "en", "body"),
        link_path=str(content.get("link", "")).strip(),
    )


def _text(content: dict[str, Any], language: str, name: str) -> str:
    part = content.get(language)
    value = part.get(name, "") if isinstance(part, dict) else ""
    return str(value).strip()

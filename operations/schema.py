"""The database schema: bringing a database to the newest migration."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig

PROJECT = Path(__file__).resolve().parent.parent


def upgrade(database_url: str) -> None:
    """Run the migrations this database does not have yet."""
    command.upgrade(alembic_config(database_url), "head")


def alembic_config(database_url: str) -> AlembicConfig:
    """Alembic's settings for this project's migrations on that database."""
    config = AlembicConfig(str(PROJECT / "alembic.ini"))
    # The option is read with %-interpolation.
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config

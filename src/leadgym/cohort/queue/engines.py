"""nbgrader's gradebook, opened without learning everything anew, and made in one go.

An engine of SQLAlchemy keeps what it has worked out about a database and about each statement. nbgrader makes a new one
for every opening, a dozen for a submission, and drops it; with one engine for one address, that work is done once.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import nbgrader.api
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text


def keep_engines() -> None:
    """From now on all gradebooks of this process at one address share an engine. They still close their connections."""
    if not hasattr(nbgrader.api.create_engine, "cache_clear"):
        nbgrader.api.create_engine = cache(nbgrader.api.create_engine)


def make_whole(url: str) -> None:
    """Give a gradebook that holds nothing yet its tables and their version, also when it was left half made.

    nbgrader would start ``alembic`` to ask for the version, which takes seconds, and a gradebook that was interrupted
    then would never get it. Raises what the database raises.
    """
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            there = inspect(connection)
            if there.has_table("assignment") and connection.execute(text("SELECT 1 FROM assignment")).first():
                return
            nbgrader.api.Base.metadata.create_all(connection)
            if not there.has_table("alembic_version"):
                connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            if connection.execute(text("SELECT 1 FROM alembic_version")).first() is None:
                version = {"version": _newest()}
                connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:version)"), version)
    finally:
        engine.dispose()


def _newest() -> str | None:
    """The version of the tables that this nbgrader makes."""
    config = Config()
    config.set_main_option("script_location", str(Path(nbgrader.api.__file__).parent / "alembic"))
    return ScriptDirectory.from_config(config).get_current_head()

"""The gradebook in PostgreSQL: the same marks, resumed the same way, and no password in what is said."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_course import NAME, grade, lay, marks
from sqlalchemy import create_engine, text

from leadgym.cli import main

BINARIES = os.pathsep.join([os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL of our own on a socket in a folder of its own; its address."""
    tools = {name: shutil.which(name, path=BINARIES) for name in ("initdb", "pg_ctl")}
    if not all(tools.values()):
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed, and CI has to have it: apt-get install postgresql")
        pytest.skip("needs Debian's PostgreSQL: apt-get install postgresql")
    pytest.importorskip("psycopg")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if who:
        shutil.chown(folder, "nobody", "nogroup")

    def run(*command):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=120, **who)

    data, log = str(folder / "data"), str(folder / "log")
    try:
        run(tools["initdb"], "-A", "trust", "-U", "leadgym", "-N", "-D", data)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(tools["pg_ctl"], "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            yield f"postgresql+psycopg://leadgym@/{{}}?host={folder}"
        finally:
            run(tools["pg_ctl"], "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def database(server, name):
    engine = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.format(name)


def test_a_gradebook_in_postgresql_holds_the_marks_that_sqlite_would(server, tmp_path):
    address = database(server, "marks")
    root = lay(tmp_path / "one", 6, f"c.CourseDirectory.db_url = {address!r}")
    other = lay(tmp_path / "other", 6)
    for place in (root, other):
        ran = grade(place, "--workers", "2")
        assert ran.returncode == 0, ran.stderr
    assert marks(address) == marks(f"sqlite:///{other / 'gradebook.db'}")
    assert not (root / "gradebook.db").exists()
    again = grade(root)
    assert again.stdout.count('"marked before"') == 6
    before = marks(address)
    ran = CliRunner().invoke(main, ["cohort", "forget", "learner01", "--yes", "--root", str(root)])
    assert ran.exit_code == 0, ran.output
    assert "write-ahead log" in ran.output
    assert marks(address) == {learner: found for learner, found in before.items() if learner != "learner01"}
    assert "learner01" not in {path.name for path in root.rglob("*")}


def test_a_new_database_that_was_left_half_made_is_made_whole(server, tmp_path):
    """Killed between nbgrader's tables and the mark of their version, without which they cannot be upgraded."""
    address = database(server, "half")
    root = lay(tmp_path / "one", 1, f"c.CourseDirectory.db_url = {address!r}")
    from nbgrader.api import Base

    engine = create_engine(address)
    Base.metadata.create_all(engine)
    assert grade(root).returncode == 0
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()


def test_a_database_that_is_not_there_is_a_sentence_without_the_password(tmp_path):
    address = f"postgresql+psycopg://leadgym:secret@/leadgym?host={tmp_path}"
    root = lay(tmp_path / "one", 1, f"c.CourseDirectory.db_url = {address!r}")
    ran = CliRunner().invoke(main, ["grade", NAME, "--root", str(root)])
    assert ran.exit_code == 1
    assert ran.stderr.startswith("Error: The gradebook postgresql+psycopg://leadgym:***@/leadgym")
    assert "Check that the server runs" in ran.stderr
    assert "secret" not in ran.output


def test_a_driver_that_is_not_installed_is_named(tmp_path):
    root = lay(tmp_path / "one", 1, "c.CourseDirectory.db_url = 'postgresql+asyncpg://a:secret@b/c'")
    ran = CliRunner().invoke(main, ["grade", NAME, "--root", str(root)])
    assert ran.exit_code == 1
    assert "needs 'asyncpg', which is not installed" in ran.stderr
    assert "postgresql+psycopg://" in ran.stderr

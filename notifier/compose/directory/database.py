"""The database of a store: connections, the two questions, and its errors in our words. Needs SQLAlchemy."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from importlib import import_module
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, Label, Select, column, create_engine, event, literal_column, make_url, select, table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from notifier.compose.directory.port import User
from notifier.configuration import SqlDriver, SqlStoreConfig
from notifier.errors import DirectoryUnavailable

#: Rows of one page.
PAGE = 500
#: What a database's words mean, in ours: theirs may quote values.
MEANINGS: tuple[tuple[str, str], ...] = (
    (r"pg_hba", "the server lets this user in from nowhere here: look at its pg_hba.conf"),
    (r"password authentication failed|access denied for user|no password supplied", "the password is refused"),
    (r"no such table|relation .* does not exist|table .* doesn't exist", "there is no such table: look at 'table'"),
    (
        r"no such column|column .* does not exist|unknown column",
        "there is no such column: look at 'attributes', 'where'",
    ),
    (r"permission denied|command denied|not authorized", "the database user may not read the table"),
    (r"database .* does not exist|unknown database|unable to open database file", "there is no such database"),
    (r"role .* does not exist", "there is no such database user"),
    (r"certificate|\bssl\b|\btls\b", "no secure connection: look at the certificate settings of 'url'"),
    (r"time.?out|timed out|not completed within", "no answer in time"),
    (r"refused", "connection refused"),
    (r"resolve|name or service|getaddrinfo", "the host is unknown"),
    (r"syntax error|error in your sql", "the question isn't understood: look at 'where'"),
    (r"operator does not exist", "the column of 'username' holds no text: use a view that makes it one"),
    (
        r"terminating|closed the connection|connection .*(closed|lost)|lost connection|gone away|broken pipe|reset by",
        "the connection broke",
    ),
    (r"database is locked", "the database is locked"),
)


class Database:
    """Engine and statements of one process.

    Raises:
        ImportError: the driver isn't installed.
        DirectoryUnavailable: ``url`` can't be understood.
    """

    def __init__(self, store: str, config: SqlStoreConfig, driver: SqlDriver) -> None:
        self._store = store
        self._login = config.attributes["username"]
        self._names = tuple(config.attributes)
        import_module(driver.module)
        try:
            self._engine = _engine(url_of(config, driver), driver, config.timeout)
        except (SQLAlchemyError, ValueError):
            raise DirectoryUnavailable(store, "its url can't be understood") from None
        self._everybody = _statement(config)

    def find(self, username: str) -> User | None:
        """The user of that name."""
        statement = self._everybody.where(column(self._login) == username)
        with self._errors(), self._engine.connect() as connection:
            # A collation may find others too (é for e); more than a few are no user names.
            rows = connection.execute(statement.limit(10)).all()
        found = [_user(self._names, row) for row in rows]
        alike = [user for user in found if str(user.get("username", "")).casefold() == username.casefold()]
        return next((user for user in alike if user["username"] == username), alike[0] if alike else None)

    def read(self) -> Iterator[User]:
        """Everybody; one page is in memory at a time."""
        with (
            self._errors(),
            self._engine.connect() as connection,
            # yield_per makes the cursor the server's.
            connection.execution_options(yield_per=PAGE).execute(self._everybody) as rows,
        ):
            for row in rows:
                yield _user(self._names, row)

    def close(self, *, forked: bool) -> None:
        """Close the connections; those of the process that this one was forked from stay open there."""
        self._engine.dispose(close=not forked)

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except PoolTimeout:
            raise DirectoryUnavailable(self._store, "all its connections are in use") from None
        except DBAPIError as error:
            raise DirectoryUnavailable(self._store, meaning(error.orig)) from None
        except SQLAlchemyError as error:
            raise DirectoryUnavailable(self._store, type(error).__name__) from None


def url_of(config: SqlStoreConfig, driver: SqlDriver) -> URL:
    """The URL as SQLAlchemy wants it."""
    url = make_url(config.url.reveal()).set(drivername=driver.name)
    if config.password and driver.name != "sqlite":
        url = url.set(password=config.password.reveal())
    if driver.name == "sqlite" and url.database and not url.database.startswith("file:"):
        # Else a file that isn't there is made, and found empty.
        url = url.set(database=f"file:{quote(url.database)}", query={**url.query, "mode": "ro", "uri": "true"})
    return url


def meaning(error: BaseException | None) -> str:
    """A database's error in one line: its class, and what it means; never its own words."""
    words = str(error).lower()
    found = next((ours for theirs, ours in MEANINGS if re.search(theirs, words)), "")
    name = type(error).__name__
    return f"{found} ({name})" if found else name


def _statement(config: SqlStoreConfig) -> Select[Any]:
    schema, _, name = config.table.rpartition(".")
    columns: list[Label[Any]] = [column(theirs).label(ours) for ours, theirs in config.attributes.items()]
    statement = select(*columns).select_from(table(name, schema=schema or None))
    # The administrator's own words: taken as they are, colons and percent signs too.
    return statement.where(literal_column(f"({config.where})")) if config.where.strip() else statement


def _engine(url: URL, driver: SqlDriver, timeout: float) -> Engine:
    arguments: dict[str, Mapping[str, Any]] = {
        # libpq waits for two seconds at least; prepared statements are the server's, a pooler between knows them not.
        "psycopg": {"connect_timeout": math.ceil(timeout), "prepare_threshold": None},
        "pymysql": {"connect_timeout": timeout, "read_timeout": timeout, "write_timeout": timeout},
        "sqlite3": {"timeout": timeout},
    }
    engine = create_engine(
        url,
        connect_args=dict(arguments[driver.module]),
        pool_pre_ping=True,
        pool_size=2,
        max_overflow=8,
        pool_timeout=timeout,
        pool_recycle=1800,
        hide_parameters=True,
    )
    if driver.module == "psycopg":
        from notifier.compose.directory.postgresql import connect_within  # noqa: PLC0415 - an extra

        event.listen(engine, "do_connect", connect_within(timeout))
    return engine


def _user(names: tuple[str, ...], row: Any) -> User:
    found = ((name, _normal(value)) for name, value in zip(names, row, strict=True))
    return {name: value for name, value in found if value is not None}


def _normal(value: Any) -> Any:
    """A column's value as other stores have it: text, or a list of texts; None is nothing."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (bytes, memoryview)):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            return None
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [text for text in map(_normal, value) if text is not None]
    if isinstance(value, dict):
        return None
    # Columns of a fixed width are filled with blanks.
    return None if value is None else str(value).rstrip(" ")

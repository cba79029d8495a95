"""The rows that both databases have about an order or a job."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from lab.stack import credentials, postgres
from lab.stack.home import Home

Row = dict[str, Any]

ORDERS = """
    SELECT o.id::text, o.event_id::text AS event, o.total::text, o.served_by, o.created_at,
           e.sent, e.acknowledged, e.id IS NULL AS pruned
    FROM orders_order o LEFT JOIN orders_outboxevent e ON e.id = o.event_id
    WHERE %s IN (o.id, o.event_id)"""
JOBS = """
    SELECT id::text, kind, state, progress, attempts, split_part(worker, ':', 1) AS worker, error,
           created_at, published_at, heartbeat, finished_at
    FROM jobs_job WHERE id = %s"""
ORDERS_BY_KEY = """
    SELECT idempotency_key AS key, id::text, served_by, created_at
    FROM orders_order WHERE idempotency_key = ANY(%s) ORDER BY created_at"""
FACTS = """
    SELECT r.event_id::text AS event, r.recorded_at, count(s.id) AS facts
    FROM sales_recordedevent r LEFT JOIN sales_sale s ON s.event_id = r.event_id
    WHERE r.event_id = %s GROUP BY 1, 2"""


class Rows:
    """Both databases of a home; `unread` says why one could not be read."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.unread: list[str] = []

    def order(self, id: str) -> Row | None:
        """Return the order with this id, or with this event id."""
        return self._row("core", ORDERS, id)

    def orders_by_key(self, keys: list[str | None]) -> list[Row]:
        """Return the orders with these idempotency keys, the oldest first."""
        known = [key for key in keys if key]
        return self._rows("core", ORDERS_BY_KEY, known) if known else []

    def job(self, id: str) -> Row | None:
        """Return the job with this id."""
        return self._row("core", JOBS, id)

    def facts(self, event: str) -> Row | None:
        """Return when analytics recorded this event, and as how many facts."""
        return self._row("analytics", FACTS, event)

    def _row(self, service: str, statement: str, id: str) -> Row | None:
        try:
            return next(iter(self._rows(service, statement, UUID(id))), None)
        except ValueError:  # a request's id that is no UUID
            return None

    def _rows(self, service: str, statement: str, value: Any) -> list[Row]:
        password = credentials.load(self.home)[f"{service.upper()}_DATABASE_PASSWORD"]
        try:
            with postgres.connect(self.home.port("postgres"), service, password) as connection:
                cursor = connection.cursor(row_factory=dict_row)
                return cursor.execute(statement, [value]).fetchall()
        except psycopg.Error:
            why = f"the database of {service} does not answer, so its rows are missing"
            self.unread = [*dict.fromkeys([*self.unread, why])]
            return []

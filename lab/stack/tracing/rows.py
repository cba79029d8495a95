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

    def job(self, id: str) -> Row | None:
        """Return the job with this id."""
        return self._row("core", JOBS, id)

    def facts(self, event: str) -> Row | None:
        """Return when analytics recorded this event, and as how many facts."""
        return self._row("analytics", FACTS, event)

    def _row(self, service: str, statement: str, id: str) -> Row | None:
        try:
            number = UUID(id)
            password = credentials.load(self.home)[f"{service.upper()}_DATABASE_PASSWORD"]
            port = self.home.port("postgres")
            with postgres.connect(port, service, password) as connection:
                return (
                    connection.cursor(row_factory=dict_row).execute(statement, [number]).fetchone()
                )
        except ValueError:  # a request's id that is no UUID
            return None
        except psycopg.Error:
            why = f"the database of {service} does not answer, so its rows are missing"
            if why not in self.unread:
                self.unread.append(why)
            return None

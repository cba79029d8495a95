"""Past orders and facts of a large shop, written with SQL.

The Python code of the services would need minutes for a million rows. These rows add up like real
ones, so `./escala audit` finds nothing wrong with them. The same amounts give the same rows.
"""

from typing import LiteralString

from psycopg import Connection

SEED = 0.5  # of Postgres' random(), for the current session
# An event happened at a fixed time of the 90 days before today, by its number.
MOMENT = """(date_trunc('day', now(), 'UTC')
    - interval '90 days' * ((%(events)s - number + 0.5) / %(events)s))"""
# {number, line, place, quantity}. In each part of the catalogue, place n sells about 1/n as often
# as the first. With a part for each line, no event has a product twice.
DRAWN = """
    SELECT number, line, 1 + floor(2 * random())::int AS quantity,
        (line - 1) %% %(parts)s * part + floor(exp(random() * ln(part + 1)))::int - 1 AS place
    FROM generate_series(1, %(events)s) AS number, generate_series(1, %(lines)s) AS line,
        (SELECT %(products)s::int / %(parts)s::int AS part) AS parts"""

# Foreign keys are checked at the commit, so the lines, which decide the totals, can come first.
ORDERS = (
    f"""INSERT INTO orders_orderline (order_id, product_id, quantity, unit_price)
    WITH drawn AS MATERIALIZED ({DRAWN}), product AS (
        SELECT id, price, row_number() OVER (ORDER BY id) - 1 AS place FROM catalog_product
    )
    SELECT md5('order' || number)::uuid, product.id, quantity, price
    FROM drawn JOIN product USING (place)""",
    f"""INSERT INTO orders_order
        (id, user_id, idempotency_key, body_hash, total, served_by, event_id, created_at)
    SELECT order_id, (SELECT id FROM auth_user WHERE username = 'customer'), 'growth-' || number,
        md5('lines' || number), total, 'growth', md5('event' || number)::uuid, {MOMENT}
    FROM generate_series(1, %(events)s) AS number JOIN (
        SELECT order_id, sum(quantity * unit_price) AS total FROM orders_orderline GROUP BY order_id
    ) AS sums ON order_id = md5('order' || number)::uuid""",
    # The present stock stays unchanged, so it was larger by these units before the orders.
    """INSERT INTO orders_stockmovement (product_id, delta, reason, created_at)
    SELECT product_id, sum(quantity), 'count', now() - interval '91 days'
    FROM orders_orderline GROUP BY product_id""",
    """INSERT INTO orders_stockmovement (product_id, delta, reason, order_id, created_at)
    SELECT product_id, -quantity, 'order', order_id, created_at
    FROM orders_orderline JOIN orders_order ON orders_order.id = order_id""",
    """INSERT INTO orders_outboxevent (id, kind, payload, created)
    SELECT event_id, 'order_placed', jsonb_build_object(
        'event_id', event_id, 'kind', 'order_placed', 'order_id', orders_order.id,
        'occurred_at', created_at, 'total', total::text, 'lines', jsonb_agg(jsonb_build_object(
            'sku', sku, 'category', slug, 'quantity', quantity, 'unit_price', unit_price::text
        ))), created_at
    FROM orders_order JOIN orders_orderline ON order_id = orders_order.id
        JOIN catalog_product ON catalog_product.id = product_id
        JOIN catalog_category ON catalog_category.id = category_id
    GROUP BY orders_order.id""",
)
FACTS = (
    f"""INSERT INTO sales_sale (event_id, line, sku, category, quantity, unit_price, date)
    SELECT md5('event' || number)::uuid, line, 'GROWTH-' || place, 'category-' || place %% 40,
        quantity, 1 + place %% 199 + 0.50, ({MOMENT} AT TIME ZONE 'UTC')::date
    FROM ({DRAWN}) AS drawn""",
    f"""INSERT INTO sales_recordedevent
        (event_id, kind, order_id, occurred_at, total, recorded_at)
    SELECT event_id, 'order_placed', md5('order' || number)::uuid, {MOMENT}, total, now()
    FROM generate_series(1, %(events)s) AS number JOIN (
        SELECT event_id, sum(quantity * unit_price) AS total FROM sales_sale GROUP BY event_id
    ) AS sums ON event_id = md5('event' || number)::uuid""",
)


def write_orders(connection: Connection, *, products: int, orders: int, lines: int) -> None:
    """Past orders with `lines` products each, in a core database that has `products` products."""
    _write(connection, ORDERS, products=products, events=orders, lines=lines, parts=lines)


def write_facts(connection: Connection, *, products: int, facts: int, lines: int) -> None:
    """Recorded events with `lines` facts each, in an empty analytics database."""
    _write(connection, FACTS, products=products, events=facts // lines, lines=lines, parts=1)


def _write(connection: Connection, statements: tuple[LiteralString, ...], **amounts: int) -> None:
    with connection.transaction():
        connection.execute("SELECT setseed(%s)", [SEED])
        for statement in statements:
            connection.execute(statement, amounts)

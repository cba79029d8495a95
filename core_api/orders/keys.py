"""An Idempotency-Key has one answer, an order or a refusal, and the first one is final.

A frozen instance may keep a request that another instance has refused meanwhile. When it wakes, the
client has been told that nothing was ordered, so the order must not be placed any more.
"""

from django.db import IntegrityError, transaction

from chassis.errors import Conflict, Problem
from core_api.orders.models import Order, Refusal


class OutOfStock(Conflict):
    default_code = "out_of_stock"


class UnknownProduct(Problem):
    default_code = "unknown_product"


class KeyReused(Problem):
    status_code = 422
    default_code = "key_reused"
    default_detail = (
        "This Idempotency-Key was sent with other lines before. Use a new key for another order."
    )


REFUSALS = {problem.default_code: problem for problem in (OutOfStock, UnknownProduct)}


def final_answer(order: Order, error: Exception) -> Order:
    """Return the order that this key has already, or raise the refusal that it has already.

    A key without an answer keeps an OutOfStock or UnknownProduct as its answer. It is raised, like
    any other error. Raises KeyReused if the key came with other lines before.
    """
    if isinstance(error, OutOfStock | UnknownProduct):
        try:
            write_refusal(order, error)
        except IntegrityError:
            pass  # another request with the key was quicker: its answer counts
        else:
            raise error
    if first := answer_of(order):
        return first
    raise error


def write_refusal(order: Order, refusal: Problem) -> None:
    """Write the refusal, unless the key has an order or a refusal: that is an IntegrityError."""
    of_key = {name: getattr(order, name) for name in ("user_id", "idempotency_key", "body_hash")}
    with transaction.atomic():
        # The unique index of the orders lets one request at a time decide about a key. A request
        # that waits here for the commit finds the refusal afterwards, when it takes the stock.
        order.save(force_insert=True)
        Refusal.objects.create(**of_key, code=refusal.default_code, detail=str(refusal.detail))
        # It has no lines yet, so nothing hangs on it that delete() would have to look for.
        Order.objects.filter(pk=order.pk)._raw_delete(order._state.db)


def answer_of(order: Order) -> Order | None:
    """Return the order that this key has, or None. Raises its refusal, or KeyReused."""
    for rows in (Order.objects.with_lines(), Refusal.objects):
        first = rows.filter(user_id=order.user_id, idempotency_key=order.idempotency_key).first()
        if first and first.body_hash != order.body_hash:
            raise KeyReused()
        if isinstance(first, Refusal):
            raise REFUSALS[first.code](first.detail)
        if first:
            return first
    return None

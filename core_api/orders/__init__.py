"""The app orders: orders, stock movements and the outbox."""

"""Orders, the outbox of their events, and best sellers."""

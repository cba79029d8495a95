"""Sales: facts recorded from events, and the figures computed from them."""

"""The app sales: facts fed by events, and what is computed from them."""

"""The board: a live picture of the running system, with controls that break and change it."""

"""Users, login and tokens."""

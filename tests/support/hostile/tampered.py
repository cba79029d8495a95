"""Forms of Django's own admin pages as no browser sends them, and as one does: users and groups."""

KEYS = [
    "1_0",
    "\u0661\u0660",
    "1\u0660",
    " 10",
    "+10",
    "10.0",
    "\uff11\uff10",
]  # some are 10 to int()
USER = [("username", "anna"), ("email", ""), ("date_joined_0", "2026-01-01")]
USER += [("date_joined_1", "10:00:00"), ("is_active", "on")]

# {name: [(field, value), ...] beside USER}; the group to choose has the key 10.
REFUSED = {
    "a field twice": [("username", "eva")],
    "a checkbox twice": [("is_active", "on")],
    "a group twice named, once as a number of Python": [("groups", "10"), ("groups", "1_0")],
} | {f"a group {key!a}": [("groups", key)] for key in KEYS}
TAKEN = {
    "one group": [("groups", "10")],
    "two groups": [("groups", "10"), ("groups", "11")],
    "groups not chosen": [("groups_old", "10"), ("groups_old", "11")],
}

"""The user of the admin pages; all other users come from the tokens of core_api."""

"""The app accounts: who you are, read from a token of core_api; and one login of its own, for the
admin pages."""

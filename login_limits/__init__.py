"""Django app of both services: limits failed logins, and renews outdated password hashes."""

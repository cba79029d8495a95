"""Django app of both services: limits the failed logins per minute."""

"""Times in the admin, to the second: under load, a minute holds hundreds of rows."""

DATETIME_FORMAT = "Y-m-d H:i:s"

#!/bin/sh
# Create a database and a role for each service; no role can open the other's database.
# The image runs this once, when the volume is empty.
set -eu

psql -v ON_ERROR_STOP=1 --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    -v core="$CORE_DATABASE_PASSWORD" -v analytics="$ANALYTICS_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE core LOGIN PASSWORD :'core';
CREATE ROLE analytics LOGIN PASSWORD :'analytics';
CREATE DATABASE core OWNER core;
CREATE DATABASE analytics OWNER analytics;
-- By default every role may connect to every database. The owners keep their right.
REVOKE ALL ON DATABASE core, analytics, postgres FROM PUBLIC;
SQL

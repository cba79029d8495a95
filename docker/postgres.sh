#!/bin/sh
# Runs once, when the volume is empty: two databases, each with a role of its own that cannot open the other.
set -eu

psql -v ON_ERROR_STOP=1 --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    -v core="$CORE_DATABASE_PASSWORD" -v analytics="$ANALYTICS_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE core LOGIN PASSWORD :'core';
CREATE ROLE analytics LOGIN PASSWORD :'analytics';
CREATE DATABASE core OWNER core;
CREATE DATABASE analytics OWNER analytics;
-- Postgres lets everybody into every database unless told otherwise. Owners keep their right.
REVOKE ALL ON DATABASE core, analytics, postgres FROM PUBLIC;
SQL

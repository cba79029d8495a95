#!/bin/sh
# Replaces the instances of a service one by one by new ones, with the image and the settings of now; no request fails.
#   docker/roll.sh core-api                 (or analytics-api; for another project: COMPOSE_PROJECT_NAME=mine docker/roll.sh core-api)
# `docker compose up` alone would stop all old instances at once.
set -eu

service=${1:?which service? docker/roll.sh core-api}
compose() { docker compose --file "$(dirname -- "$0")/compose.yaml" "$@"; }

old=$(compose ps --quiet "$service")
one_more=$(($(echo "$old" | wc -l) + 1))
for container in $old; do
    compose up --detach --wait --no-deps --no-recreate --scale "$service=$one_more" "$service"
    docker stop "$container" >/dev/null # it says "not ready" first, then finishes what is under way
    docker rm "$container" >/dev/null
done

#!/bin/sh
# Replace the instances of a service one by one, without a failed request. The new ones have the
# current image and settings.
#   docker/roll.sh core-api                                      or analytics-api
#   COMPOSE_PROJECT_NAME=mine docker/roll.sh core-api            in another Compose project
# `docker compose up` alone would stop all old instances at once.
set -eu

service=${1:?which service? docker/roll.sh core-api}
compose() { docker compose --file "$(dirname -- "$0")/compose.yaml" "$@"; }

old=$(compose ps --quiet "$service")
one_more=$(($(echo "$old" | wc -l) + 1))
for container in $old; do
    compose up --detach --wait --no-deps --no-recreate --scale "$service=$one_more" "$service"
    docker stop "$container" >/dev/null # drains first: see instance.sh
    docker rm "$container" >/dev/null
done

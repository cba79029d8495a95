#!/bin/sh
# Wait until the database of a project has all migrations of this release, then run a command.
#   docker/migrated.sh core_api docker/instance.sh core_api
# Swarm and Kubernetes start all containers at once: the first instances before Postgres is ready,
# those of a new release before its migrations have run. A wrong setting ends it at once.
set -eu

project=$1
shift
trap 'exit 143' TERM INT
until said=$(python manage.py "$project" migrate --check 2>&1); do
    if [ $? = 2 ]; then # see manage.py
        printf '%s\n' "$said" >&2
        exit 2
    fi
    reason=$(printf '%s\n' "$said" | grep 'Error: ' | tail -n 1) # of a traceback
    printf 'waiting for the migrations of %s: %s\n' "$project" "${reason:-not applied yet}" >&2
    sleep 2
done
exec "$@"

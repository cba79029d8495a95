#!/usr/bin/env python
"""Wait until the database of a project has all migrations of this release, then run a command.

    docker/migrated.py core_api docker/instance.sh core_api

Swarm and Kubernetes start all containers at once: the first instances before Postgres is ready,
those of a new release before its migrations have run. A wrong setting ends it at once. One process
asks again and again: if Django started each time, all who wait would take the processor time that
the migrations need.
"""

import os
import signal
import sys
import time

SECONDS = 2


def main(project, *command):
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(143))
    set_up(project)
    while reason := what_is_missing():
        print(f"waiting for the migrations of {project}: {reason}", file=sys.stderr, flush=True)
        time.sleep(SECONDS)
    os.execvp(command[0], command)


def set_up(project):
    """Load the settings of the project."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{project}.settings"
    sys.path[0] = os.getcwd()  # instead of docker/

    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        print(f"{project}: {error}", file=sys.stderr)
        sys.exit(2)


def what_is_missing():
    """Return why the command cannot start yet, or None."""
    from django.db import Error, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        return str(error).partition("\n")[0]
    finally:
        connection.close()
    return "not applied yet" if plan else None


if __name__ == "__main__":
    main(*sys.argv[1:])

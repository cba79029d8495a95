"""Run a command of one project: manage.py [core_api|analytics_api] COMMAND (no project named =
core_api)."""

import os
import sys

PROJECTS = ("core_api", "analytics_api")


def main(arguments):
    project, command = "core_api", arguments[1:]
    if command and command[0] in PROJECTS:
        project, *command = command
    # Assigned, never setdefault: a variable left over in the shell must not start the other
    # project.
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{project}.settings"
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            "Django is not installed here: run `pip install -r requirements.txt`, or use ./escala."
        )
    execute_from_command_line([f"manage.py {project}", *command])


if __name__ == "__main__":
    main(sys.argv)

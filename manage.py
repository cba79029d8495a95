"""Run a command of one Django project: manage.py [core_api|analytics_api] COMMAND.

Without a project it is core_api. A setting that is missing or wrong ends it with exit code 2.
"""

import os
import sys

PROJECTS = ("core_api", "analytics_api")


def main(arguments):
    project, command = "core_api", arguments[1:]
    if command and command[0] in PROJECTS:
        project, *command = command
    # Not setdefault: a variable in the shell must not select the other project.
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{project}.settings"
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed: run `pip install -r requirements.txt`, or use ./escala.")
    try:
        execute_from_command_line([f"manage.py {project}", *command])
    except ImproperlyConfigured as error:
        print(f"{project}: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv)

"""The workbench: runs, breaks and tests the system over HTTP, processes and manage.py; imports
neither project."""

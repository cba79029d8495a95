"""`./escala test`: run each suite in its own process, on Postgres and Redis servers of its own.

A process can load only one Django project, so each project has suites of its own. The servers use
free ports, so that tests neither need nor disturb a system that is up.
"""

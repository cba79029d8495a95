#!/bin/sh
# One instance of a project (core_api or analytics_api), which leaves politely.
#
# Told to stop, Gunicorn closes its door at once, while HAProxy still sends requests there. So the instance first says
# "not ready" to HAProxy's health check, goes on serving until HAProxy has taken it out, and only then stops Gunicorn,
# which finishes what is under way. Nobody's request fails, whatever its method.
set -eu

rm -f "$LEAVING_FILE" # left over when this container ran before
gunicorn "$1.wsgi" &
gunicorn=$!

leave() {
    touch "$LEAVING_FILE"
    sleep "${LEAVING_SECONDS:-3}" # two failed checks, 500 ms apart, and their answers, on a busy machine too
    kill -TERM "$gunicorn" 2>/dev/null || true
}
trap leave TERM INT

wait "$gunicorn" || status=$?
trap '' TERM INT
[ -e "$LEAVING_FILE" ] || exit "${status:-0}" # Gunicorn ended by itself: its own exit code says why
wait "$gunicorn"

#!/bin/sh
# Run one instance of a project (core_api or analytics_api), and stop it without a failed request.
#
# On SIGTERM Gunicorn stops accepting connections at once, but HAProxy still sends it requests. So
# this script first lets HAProxy's health check fail, and Gunicorn keeps serving until HAProxy has
# taken the instance out. Only then does it stop Gunicorn, which finishes its running requests.
set -eu

rm -f "$LEAVING_FILE" # it exists when this container ran before
gunicorn "$1.wsgi" &
gunicorn=$!

leave() {
    touch "$LEAVING_FILE"
    sleep "${LEAVING_SECONDS:-3}" # time for two failed checks, 500 ms apart, on a busy machine
    kill -TERM "$gunicorn" 2>/dev/null || true
}
trap leave TERM INT

wait "$gunicorn" || status=$?
trap '' TERM INT
[ -e "$LEAVING_FILE" ] || exit "${status:-0}" # Gunicorn ended by itself: pass on its exit code
wait "$gunicorn"

# Short commands for the chapters, for sh, bash and zsh. Source it in the folder of ./escala while the
# shop runs: `. docs/shop.sh`. Source it again after a change of HTTPS or of the ports.

# At a prompt, zsh takes the comments of the chapters for commands unless it is told otherwise.
if [ -n "${ZSH_VERSION-}" ]; then setopt interactive_comments; fi

# field '["name"]': one value of the JSON document on standard input
field() { .venv/bin/python -c "import json, sys; print(json.load(sys.stdin)$1)"; }

shop=$(./escala status --json | field '["addresses"]["front"]')

# With HTTPS=on the shop has a certificate of its own, which curl has to trust.
case $shop in
    https:*) export CURL_CA_BUNDLE="${ESCALA_HOME:-.escala}/secrets/tls.pem" ;;
    *) unset CURL_CA_BUNDLE ;;
esac

# login customer (or admin): log in with the right password and print {"access": ..., "refresh": ...}
login() {
    password=$(./escala status --json | field "['logins']['$1']['password']")
    curl -sS --json "{\"username\": \"$1\", \"password\": \"$password\"}" "${shop}api/token/"; echo
}

# get api/whoami/ TOKEN: the shop's response to a request with this token
get() { curl -sS -H "Authorization: Bearer $2" "$shop$1"; echo; }

# inside analytics-1 analytics_api COMMAND: run manage.py with the environment of this process, as an
# attacker inside it could
inside() {
    .venv/bin/python - "$@" <<'END'
import json, os, psutil, subprocess, sys
processes = json.loads(subprocess.check_output(["./escala", "status", "--json"]))["processes"]
pid = next(row["pid"] for row in processes if row["name"] == sys.argv[1])
os.execve(sys.executable, [sys.executable, "manage.py", *sys.argv[2:]], psutil.Process(pid).environ())
END
}

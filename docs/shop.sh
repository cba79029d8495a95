# Short commands for the chapters, for sh, bash and zsh: `. docs/shop.sh` in the folder of ./escala, while the shop runs.

# field '["name"]': one value of the JSON document that comes in
field() { .venv/bin/python -c "import json, sys; print(json.load(sys.stdin)$1)"; }

shop=$(./escala status --json | field '["addresses"]["front"]')

# login customer (or admin): the answer to the right password, {"access": ..., "refresh": ...}
login() {
    password=$(./escala status --json | field "['logins']['$1']['password']")
    curl -s --json "{\"username\": \"$1\", \"password\": \"$password\"}" "${shop}api/token/"; echo
}

# ask api/whoami/ TOKEN: what the shop answers to whoever has this token
ask() { curl -s -H "Authorization: Bearer $2" "$shop$1"; echo; }

# inside analytics-1 analytics_api COMMAND: runs manage.py with all that this process was given, as a burglar in it would
inside() {
    .venv/bin/python - "$@" <<'END'
import json, os, psutil, subprocess, sys
processes = json.loads(subprocess.check_output(["./escala", "status", "--json"]))["processes"]
pid = next(row["pid"] for row in processes if row["name"] == sys.argv[1])
os.execve(sys.executable, [sys.executable, "manage.py", *sys.argv[2:]], psutil.Process(pid).environ())
END
}

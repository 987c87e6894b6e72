#!/usr/bin/env bash
# Runs a command with a PostgreSQL and a Redis for tests: `scripts/test_services.sh pytest`.
#
# Servers that answer at TEST_DATABASE_URL and TEST_REDIS_URL are used as they are. In place of one
# that does not answer, a throw-away server is started on a free port of the loopback interface and
# stopped afterwards; as root, Debian's package is installed for it. Where that fails too, one line
# says what is missing, the command runs all the same, and the tests that need it fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Debian keeps PostgreSQL's programs off PATH; the newest version comes last.
for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do PATH="$bin:$PATH"; done
export TEST_DATABASE_URL="${TEST_DATABASE_URL:-postgresql://postgres@127.0.0.1:5432/test}"
export TEST_REDIS_URL="${TEST_REDIS_URL:-redis://127.0.0.1:6379/0}"

python=.venv/bin/python
scratch=""
redis_pid=""

say() { printf '%s\n' "$*" >&2; }

# PostgreSQL refuses to run as root; Debian's package brings a user of its own.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

postgres_answers() {
    "$python" - <<'PY' 2>/dev/null
import os, psycopg
# Without the driver that SQLAlchemy wants named in the scheme.
scheme, rest = os.environ["TEST_DATABASE_URL"].split("://", 1)
psycopg.connect(scheme.split("+")[0] + "://" + rest, connect_timeout=3).close()
PY
}

redis_answers() {
    "$python" - <<'PY' 2>/dev/null
import os, socket, urllib.parse
url = urllib.parse.urlsplit(os.environ["TEST_REDIS_URL"])
with socket.create_connection((url.hostname, url.port or 6379), timeout=3) as connection:
    connection.sendall(b"PING\r\n")
    # A server that wants a password is there as well.
    assert connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
PY
}

free_port() {
    "$python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# have PROGRAM PACKAGE: true when the program is there, if need be after installing the package.
have() {
    command -v "$1" >/dev/null && return
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "Installing $2 for the tests"
    apt-get update -qq </dev/null >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" </dev/null >/dev/null 2>&1 || return 1
    for bin in /usr/lib/postgresql/*/bin; do PATH="$bin:$PATH"; done
    command -v "$1" >/dev/null
}

start_postgres() {
    have initdb postgresql || return 1
    local port
    port="$(free_port)"
    mkdir "$scratch/postgres"
    [ "$(id -u)" = 0 ] && chown postgres "$scratch/postgres"
    (
        cd "$scratch/postgres" # the user postgres may not enter the repository
        # fsync off: nothing here outlives the tests.
        as_postgres initdb -D data -U postgres -A trust -E UTF8 --no-sync >initdb.log 2>&1 &&
            as_postgres pg_ctl -D data -w -t 30 -l server.log start >pg_ctl.log \
                -o "-p $port -k $scratch/postgres -c listen_addresses=127.0.0.1 -c fsync=off" &&
            as_postgres createdb -h 127.0.0.1 -p "$port" -U postgres test
    ) || return 1
    TEST_DATABASE_URL="postgresql://postgres@127.0.0.1:$port/test"
    postgres_answers
}

start_redis() {
    have redis-server redis-server || return 1
    local port
    port="$(free_port)"
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$scratch" \
        </dev/null >"$scratch/redis.log" 2>&1 &
    redis_pid=$!
    TEST_REDIS_URL="redis://127.0.0.1:$port/0"
    for _ in {1..50}; do
        redis_answers && return
        sleep 0.1
    done
    return 1
}

stop_own_servers() {
    [ -n "$redis_pid" ] && kill "$redis_pid" 2>/dev/null
    if [ -n "$scratch" ]; then
        [ -d "$scratch/postgres/data" ] &&
            (cd "$scratch/postgres" && as_postgres pg_ctl -D data -m immediate stop >/dev/null 2>&1)
        rm -rf "$scratch"
    fi
    return 0
}
trap stop_own_servers EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

scratch="$(mktemp -d)"
chmod 755 "$scratch"
if ! postgres_answers; then
    start_postgres && say "PostgreSQL for the tests: $TEST_DATABASE_URL" ||
        say "No PostgreSQL: install it, or name one in TEST_DATABASE_URL; its tests will fail"
fi
if ! redis_answers; then
    start_redis && say "Redis for the tests: $TEST_REDIS_URL" ||
        say "No Redis: install redis-server, or name one in TEST_REDIS_URL; its tests will fail"
fi

"$@" </dev/null

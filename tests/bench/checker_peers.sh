#!/usr/bin/env bash
# checker_peers.sh FILE: lost and doubled messages of a history in JSON lines, found by other means; wall and CPU time.
# DuckDB is installed through npm into $STORMPROOF_BENCH_CACHE (default ~/.cache/stormproof-bench) when it is not there.
set -euo pipefail
file=$1
events=$(wc -l <"$file")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

row() { # NAME COMMAND...
  local name=$1 real user sys
  shift
  { TIMEFORMAT='%R %U %S'; time "$@" >"$work/out" 2>"$work/err"; } 2>"$work/time" || {
    echo "  $name: $(tail -n 1 "$work/err")"
    return 0
  }
  read -r real user sys <"$work/time"
  awk -v name="$name" -v n="$events" -v r="$real" -v u="$user" -v s="$sys" -v out="$(tr '\n' ' ' <"$work/out")" \
    'BEGIN { printf "  %-42s %8.2f s wall %8.2f s CPU %7.2f M/s CPU %7.2f M/s wall   %s\n", name, r, u + s, n / (u + s) / 1e6, n / r / 1e6, out }'
}

sort_pipeline() { # THREADS
  export LC_ALL=C
  grep -F '"type":"ok"' "$file" | cut -d: -f4 | cut -d, -f1 | sort --parallel="$1" -S 2G -u >"$work/acked"
  grep -F '"type":"effect"' "$file" | cut -d: -f4 | cut -d, -f1 | sort --parallel="$1" -S 2G >"$work/seen"
  echo "lost $(uniq "$work/seen" | comm -23 "$work/acked" - | wc -l), duplicate $(uniq -d "$work/seen" | wc -l)"
}

in_sqlite() {
  sed -e 's/.*"type":"\([a-z]*\)","id":\([0-9]*\),.*/\1\t\2/' "$file" >"$work/tsv"
  sqlite3 "$work/db" <<SQL
PRAGMA journal_mode = off;
PRAGMA synchronous = off;
CREATE TABLE e (type TEXT, id INTEGER);
.mode tabs
.import $work/tsv e
CREATE INDEX i ON e (type, id);
SELECT 'lost ' || count(*) FROM (SELECT id FROM e WHERE type = 'ok' EXCEPT SELECT id FROM e WHERE type = 'effect');
SELECT 'duplicate ' || coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM e WHERE type = 'effect' GROUP BY id HAVING n > 1);
SQL
}

duckdb() { # THREADS
  NODE_PATH=$cache/node_modules node - "$file" "$1" <<'JS'
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const [file, threads] = process.argv.slice(2);
  const db = await (await DuckDBInstance.create(':memory:', { threads })).connect();
  const found = await db.runAndReadAll(`
    SELECT count(*) FILTER (acked > 0 AND seen = 0) AS lost, sum(greatest(seen - 1, 0)) AS duplicate FROM (
      SELECT id, count(*) FILTER (type = 'ok') AS acked, count(*) FILTER (type = 'effect') AS seen
      FROM read_json('${file}', format = 'newline_delimited', columns = {type: 'VARCHAR', id: 'UBIGINT'}) GROUP BY id)`);
  const [[lost, duplicate]] = found.getRows();
  console.log(`lost ${lost}, duplicate ${duplicate}`);
})();
JS
}

row 'grep, cut and GNU sort, one thread' sort_pipeline 1
row 'grep, cut and GNU sort, two threads' sort_pipeline 2
if ((events > 6000000)); then
  echo '  sqlite3: left out, minutes at this size'
elif command -v sqlite3 >/dev/null; then
  row 'sqlite3, import, index, queries' in_sqlite
else
  echo '  sqlite3: not installed'
fi
cache=${STORMPROOF_BENCH_CACHE:-$HOME/.cache/stormproof-bench}
if ! command -v npm >/dev/null; then
  echo '  DuckDB: no npm to install it with'
elif [[ ! -d $cache/node_modules/@duckdb/node-api ]] &&
  ! (mkdir -p "$cache" && cd "$cache" && timeout 120 npm install --no-audit --no-fund --silent @duckdb/node-api) >"$work/npm" 2>&1; then
  echo "  DuckDB: npm could not install @duckdb/node-api: $(tail -n 1 "$work/npm")"
else
  row 'DuckDB, read_json and GROUP BY, one thread' duckdb 1
  row 'DuckDB, read_json and GROUP BY, two threads' duckdb 2
fi

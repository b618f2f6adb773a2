#!/usr/bin/env bash
# Runs the README's quick start, and the walks through imports, identity and packages that go on from it, as they are written: the
# blocks that a comment `ci: name` marks, in their order, in one shell, with a data directory of its own. Installing and
# testing are steps of their own in .ci/run.
set -euo pipefail
cd "$(dirname "$0")/../.."

block() { # the commands of one marked block of a document
  awk -v name="<!-- ci: $2 -->" '$0 == name { found = 1; next } found && /^```sh$/ { inside = 1; next } inside && /^```$/ { exit } inside' "$1"
}
names() { # the marks of a document
  sed -n 's/^<!-- ci: \(.*\) -->$/\1/p' "$1" | grep -vxE 'install|start|test'
}

if curl -s -o /dev/null http://127.0.0.1:3000/; then
  echo 'port 3000, which the README names, is taken: stop what listens there'
  exit 1
fi

SIGNALBOX_DATA_DIR=$(mktemp -d)
export SIGNALBOX_DATA_DIR SIGNALBOX_ADMIN_PASSWORD='a password for the quick start'
log=$SIGNALBOX_DATA_DIR/server.log
bash -euc "exec $(block README.md start)" >"$log" 2>&1 &
server=$!
stop() { # npm does not pass signals on: the server's own pid is in its data directory
  kill "$(sed 's/.*"pid":\([0-9]*\).*/\1/' "$SIGNALBOX_DATA_DIR/holder.json" 2>/dev/null)" 2>/dev/null || kill $server 2>/dev/null || true
  wait $server 2>/dev/null || true
  rm -rf "$SIGNALBOX_DATA_DIR"
}
trap stop EXIT

for _ in $(seq 300); do
  curl -fs -o /dev/null http://127.0.0.1:3000/health/ready && break
  kill -0 $server 2>/dev/null || { cat "$log"; exit 1; }
  sleep 0.2
done
curl -fsS -o /dev/null http://127.0.0.1:3000/health/ready

for document in README.md docs/orders.md docs/identity.md docs/datastore.md; do
  for name in $(names $document); do
    printf '%s\n' "--- $document: $name"
    commands=$(block $document "$name")
    [ -n "$commands" ] || { echo "$document has no commands under $name"; exit 1; }
    eval "$commands"
  done
done
echo 'the quick start and the walks work as written'

#!/bin/sh
# The first thing every npm script runs, on any system Node: puts the locked dependencies in place
# (the pinned Node among them) and hands over to it. Everything after this line of defence is TypeScript.
set -eu
cd "$(dirname "$0")/.."

locked=$(cksum < package-lock.json)
installed=$(cat node_modules/.clawbench-lock 2>/dev/null || true)
if [ "$locked" != "$installed" ]; then
  echo "clawbench: installing the locked dependencies (npm ci, about half a minute) …" >&2
  npm ci --no-progress --loglevel=error >&2
  printf '%s' "$locked" > node_modules/.clawbench-lock
fi

PATH="$PWD/node_modules/.bin:$PATH"
export PATH
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 24 ]; then
  echo "clawbench: this platform needs Node 24 or newer, found $(node --version)." >&2
  echo "Install it from your system's packages or nodejs.org and run the command again." >&2
  exit 2
fi
exec node setup/task.ts ${CI:+--ci} "$@"

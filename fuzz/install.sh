#!/usr/bin/env bash
# Installs AFL++ 4 (Debian's afl++), which drives the fuzz targets. Ordinary builds and tests don't need it.
set -euo pipefail
if command -v afl-fuzz >/dev/null; then
  echo "afl-fuzz is there"
  exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends afl++

#!/bin/sh
# One content goes from one institution to another over a real network; the recipient's node is killed after a quarter of it, the sender's after half. It must arrive
# whole, and of a GiB's packets less than one in a hundred may be sent twice. 1024 MiB unless told otherwise:
#   large-content-rig.sh [MIB]
# Takes some ten minutes. Says how many packets were repeated; ends with 1 at a fault. Needs about 4 GiB of memory and of disk for a GiB, and a machine with nothing else to do: one that is late
# to acknowledge has packets repeated too.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
log=$(mktemp)
trap 'rm -f "$log"; kill "$show" 2>/dev/null || true' EXIT
export MIXMQ_RIG_CONTENT_MIB="${1:-1024}" MIXMQ_RIG_LOG="$log"
tail -n +1 -f "$log" &
show=$!
dotnet test -c Release "$root/tests/MixMq.EndToEnd.Tests" --filter FullyQualifiedName~LargeContentTests -- RunConfiguration.TestSessionTimeout=3600000

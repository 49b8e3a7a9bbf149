#!/bin/sh
# Two institutions pay each other over a real network while its processes are killed: applications, nodes and floats, at random and at each durable step of a
# message. A ledger outside of it finds what was lost, doubled, made up or stuck. 200 kills over 20,000 payments unless told otherwise:
#   crash-rig.sh [KILLS] [PAYMENTS] [SEED]
# Without a seed, the time is it; the first line says it. Ends with 1 at a fault, which is said with the seed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
log=$(mktemp)
trap 'rm -f "$log"; kill "$show" 2>/dev/null || true' EXIT
export MIXMQ_RIG_KILLS="${1:-200}" MIXMQ_RIG_MESSAGES="${2:-20000}" MIXMQ_RIG_SEED="${3:-$(date -u +%s)}" MIXMQ_RIG_LOG="$log"
echo "seed $MIXMQ_RIG_SEED: $MIXMQ_RIG_KILLS kills over $MIXMQ_RIG_MESSAGES payments"
tail -n +1 -f "$log" &
show=$!
dotnet test -c Release "$root/tests/MixMq.EndToEnd.Tests" --filter FullyQualifiedName~CrashRigTests -- RunConfiguration.TestSessionTimeout=7200000

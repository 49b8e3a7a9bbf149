#!/bin/sh
# Two institutions pay each other over a real network while its processes are killed: applications, nodes and floats, at random and at each durable step of a
# message. Between that a node's store is put back from an older copy (mixmq backup, mixmq restore), and a node's disk, a small one in memory, is full. A ledger
# outside of it finds what was lost, doubled, made up or stuck. 200 kills over 20,000 payments unless told otherwise, a tenth as many restores and a twentieth as
# many full disks:
#   crash-rig.sh [KILLS] [PAYMENTS] [SEED]
# Without a seed, the time is it; the first line says it. Ends with 1 at a fault, which is said with the seed. Disks are filled where file systems can be
# mounted (root, unshare and nsenter); elsewhere a line says why not. MIXMQ_RIG_KEEP names a folder for what is on the nodes' disks at the end, to look into a fault.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
log=$(mktemp)
trap 'rm -f "$log"; kill "$show" 2>/dev/null || true' EXIT
export MIXMQ_RIG_KILLS="${1:-200}" MIXMQ_RIG_MESSAGES="${2:-20000}" MIXMQ_RIG_SEED="${3:-$(date -u +%s)}" MIXMQ_RIG_LOG="$log"
export MIXMQ_RIG_RESTORES="${MIXMQ_RIG_RESTORES:-$(((MIXMQ_RIG_KILLS + 9) / 10))}" MIXMQ_RIG_FULL_DISKS="${MIXMQ_RIG_FULL_DISKS:-$(((MIXMQ_RIG_KILLS + 19) / 20))}"
echo "seed $MIXMQ_RIG_SEED: $MIXMQ_RIG_KILLS kills, $MIXMQ_RIG_RESTORES restores, $MIXMQ_RIG_FULL_DISKS full disks over $MIXMQ_RIG_MESSAGES payments"
tail -n +1 -f "$log" &
show=$!
dotnet test -c Release "$root/tests/MixMq.EndToEnd.Tests" --filter FullyQualifiedName~CrashRigTests -- RunConfiguration.TestSessionTimeout=7200000

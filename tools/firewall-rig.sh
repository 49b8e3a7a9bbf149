#!/bin/sh
# Three institutions behind firewalls, as network namespaces, with each single inner link, float and relay cut off in turn while messages go on; what crosses the firewalls is captured
# and judged. 14 cuts of 10 seconds each unless told otherwise:
#   firewall-rig.sh [SECONDS]
# Needs what tools/install-test-tools.sh installs, and namespaces: as root, or where an ordinary user may make them. Ends with 1 at a fault, and where it can't be run.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
log=$(mktemp)
trap 'rm -f "$log"; kill "$show" 2>/dev/null || true' EXIT
export MIXMQ_FIREWALL_CUTS=all MIXMQ_FIREWALL_SECONDS="${1:-10}" MIXMQ_FIREWALL_LOG="$log"
tail -n +1 -f "$log" &
show=$!
dotnet test -c Release "$root/tests/MixMq.EndToEnd.Tests" --filter FullyQualifiedName~FirewallTests -- RunConfiguration.TestSessionTimeout=7200000
grep -q 'TLS records' "$log" || { echo "firewall-rig: it was skipped; tests say why" >&2; exit 1; }

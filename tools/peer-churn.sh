#!/bin/sh
# Two institutions pay each other over a real network while peers of a node and a float are added, changed and removed, and a certificate is renewed, without a
# restart: 1000 changes unless told otherwise. The payments go on until the changes are made:
#   peer-churn.sh [CHANGES]
# Says what was done; ends with 1 if a payment was lost, doubled or out of order, or a link went down about which nothing was changed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export MIXMQ_CHURN_CHANGES="${1:-1000}" MIXMQ_CHURN_LOG="$log"
dotnet test -c Release "$root/tests/MixMq.EndToEnd.Tests" --filter FullyQualifiedName~PeerChurnTests -- RunConfiguration.TestSessionTimeout=7200000
cat "$log"

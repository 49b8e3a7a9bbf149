#!/bin/sh
# The seeds of a night: as many as the machine gets through, 100000 unless told otherwise. A first argument says how many, a second one the first seed; by
# default it begins where the day says, so that each night tries others. Ends with 1 at a violation, whose replay command is printed.
# Before them, on standard error: 100,000 random pairs on each path of the X25519 ladder, against libcrypto and BouncyCastle; and, deciding nothing, whether
# secrets show in the time that unwrapping and comparing take. And three institutions behind firewalls, each inner link, float and relay cut in turn (tools/firewall-rig.sh). And
# a thousand changes of peers and certificates under load (tools/peer-churn.sh), a GiB whose sender and recipient are killed on the way (tools/large-content-rig.sh), stores with damaged pages from 500 seeds, and 300 seeds in each of which stores are put back from copies and disks are full, and 300 with revocations and changes of keys.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
count=${1:-100000}
first=${2:-$(($(date -u +%s) / 86400 * 100000))}
MIXMQ_TEST_PAIRS=100000 dotnet test -c Release "$root/tests/MixMq.Crypto.Tests" --filter FullyQualifiedName~Random_pairs >&2
MIXMQ_DAMAGE_SEEDS=500 dotnet test -c Release "$root/tests/MixMq.Storage.Tests" --filter FullyQualifiedName~Damaged_pages >&2
"$root"/tools/firewall-rig.sh >&2
"$root"/tools/peer-churn.sh >&2
"$root"/tools/large-content-rig.sh >&2
dotnet build -c Release "$root/tools/MixMq.Sim" >/dev/null
dotnet build -c Release "$root/tools/MixMq.Bench" >/dev/null
"$root"/tools/MixMq.Bench/bin/Release/net*/mixmq-bench constant-time >&2 || echo "nightly: the constant-time test doesn't see its planted leaks" >&2
"$root"/tools/MixMq.Sim/bin/Release/net*/mixmq-sim seeds --first "$first" --count 300 --always StoresRestored FullDisks --keep-going >&2
"$root"/tools/MixMq.Sim/bin/Release/net*/mixmq-sim seeds --first "$first" --count 300 --governed --keep-going >&2
exec "$root"/tools/MixMq.Sim/bin/Release/net*/mixmq-sim seeds --first "$first" --count "$count" --keep-going --json

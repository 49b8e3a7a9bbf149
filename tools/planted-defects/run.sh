#!/bin/sh
# Builds the simulator with one planted defect after the other, in a copy, and runs seeds until an invariant finds it.
#   tools/planted-defects/run.sh                 all of them
#   tools/planted-defects/run.sh 04 17           some of them, by number
#   SEEDS=1000 tools/planted-defects/run.sh      up to so many seeds each (default 10000)
# Ends with 1 if a defect is not found. The last lines are a table for README.md.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seeds=${SEEDS:-10000}
scratch=$(mktemp -d)
trap 'git -C "$root" worktree remove --force "$scratch/tree" >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT INT TERM

git -C "$root" worktree add --quiet --detach "$scratch/tree" HEAD
cd "$scratch/tree"
# The lock files hold: no package is looked up that the commit doesn't name.
dotnet restore --locked-mode tools/MixMq.Sim >/dev/null

build() {
    if ! dotnet build -c Release --no-restore -p:RunAnalyzers=false ${BUILD_OPTIONS:-} tools/MixMq.Sim >"$scratch/build" 2>&1; then
        cat "$scratch/build"
        echo "$1 doesn't build." >&2
        exit 2
    fi
}

# What a seed finds with a defect it must not find without.
build "The commit"
cp -r tools/MixMq.Sim/bin/Release/net* "$scratch/sound"

missed=0
table="$scratch/table"
for patch in "$here"/*.patch; do
    name=$(basename "$patch" .patch)
    if [ $# -gt 0 ]; then
        case " $* " in *" ${name%%-*} "*) ;; *) continue ;; esac
    fi

    what=$(head -n 1 "$patch")
    git apply "$patch"
    build "$name"
    tools/MixMq.Sim/bin/Release/net*/mixmq-sim seeds --count "$seeds" --json >"$scratch/out" 2>/dev/null || true
    found=$(sed -n 's/^Seed \([0-9]*\) breaks \([A-Za-z]*\) at.*/\1 \2/p' "$scratch/out" | head -n 1)
    if [ -n "$found" ] && ! "$scratch/sound/mixmq-sim" seeds --seed "${found% *}" >/dev/null 2>&1; then
        echo "$name: seed ${found% *} fails without the defect too." >&2
        exit 2
    elif [ -n "$found" ]; then
        echo "$name: seed ${found% *}, ${found#* }"
        echo "| $name | $what | ${found% *} | ${found#* } |" >>"$table"
    else
        echo "$name: NOT FOUND in $seeds seeds"
        echo "| $name | $what | not in $seeds | |" >>"$table"
        missed=1
    fi

    git apply --reverse "$patch"
done

echo
echo "| defect | what is broken | found by seed | invariant |"
echo "|---|---|---|---|"
cat "$table"
exit $missed

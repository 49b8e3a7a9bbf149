#!/usr/bin/env bash
# Fuzzes one target, or all of them after one another.
#
#   fuzz/run.sh TARGET|all SECONDS
#
# First the canary: a planted defect must be found within 60 s, or nothing that follows would mean anything. Then each target runs for so
# many seconds. What fails is made smaller and put into fuzz/regressions/TARGET/, where the ordinary tests replay it from then on. Ends with 1
# at a finding, or when a fuzzer can't go on (the input under way is then in fuzz/bin/runs/TARGET/last-input, behind its length of 4 bytes).
# Beside other work, or in a container: `nice fuzz/run.sh …`. MIXMQ_FUZZ_BUILT=1 takes the woven copy that is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ $# -ne 2 ]; then
  sed -n '4p' "${BASH_SOURCE[0]}" | cut -c 3- >&2
  exit 2
fi
command -v afl-fuzz >/dev/null || { echo "afl-fuzz is missing: run fuzz/install.sh" >&2; exit 2; }
if [ -z "${MIXMQ_FUZZ_BUILT:-}" ]; then
  ./build.sh
fi

harness=bin/woven/MixMq.Fuzz
runs=bin/runs

# Cores would be dumped by the kernel's handler; the harness reports failures itself. The woven assemblies aren't a binary that AFL++ knows.
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_SKIP_BIN_CHECK=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_FAST_CAL=1
export AFL_FORKSRV_INIT_TMOUT=120000 AFL_IGNORE_PROBLEMS=1
export DOTNET_TieredPGO=0 DOTNET_gcServer=0 DOTNET_gcConcurrent=0 DOTNET_CLI_UI_LANGUAGE=en

# target, seconds, more options of afl-fuzz
fuzz() {
  local target="$1" seconds="$2" dictionary=()
  shift 2
  rm -rf "${runs:?}/$target"
  mkdir -p "$runs/$target"
  if [ -f "dictionaries/$target.dict" ]; then
    dictionary=(-x "dictionaries/$target.dict")
  fi
  # One input takes at most 5 s of processor time, which the harness watches; -t is for a harness that is gone.
  afl-fuzz -i "corpus/$target" -o "$runs/$target/afl" -m none -t 60000 -V "$seconds" "${dictionary[@]}" "$@" \
    -- "$harness" afl "$target" "$runs/$target/last-input" >"$runs/$target/log" 2>&1
}

statistic() { sed -nE "s/^$2 *: *//p" "$runs/$1/afl/default/fuzzer_stats"; }

crashes() { find "$runs/$1/afl/default/crashes" -name 'id:*' 2>/dev/null; }

AFL_BENCH_UNTIL_CRASH=1 fuzz canary 60 || true
if [ -z "$(crashes canary)" ]; then
  echo "canary: not found within 60 s; this fuzzer is blind" >&2
  tail -n 20 "$runs/canary/log" >&2
  exit 1
fi
echo "canary: found after $(statistic canary run_time) s and $(statistic canary execs_done) executions"

targets=("$1")
if [ "$1" = all ]; then
  mapfile -t targets < <("$harness" list | grep -vx canary)
fi
failed=0
for target in "${targets[@]}"; do
  if ! fuzz "$target" "$2"; then
    echo "$target: the fuzzer ended early" >&2
    tail -n 20 "$runs/$target/log" >&2
    failed=1
    continue
  fi
  echo "$target: $(statistic "$target" execs_done) executions in $(statistic "$target" run_time) s, stability $(statistic "$target" stability)"
  "$harness" coverage "$target" "$runs/$target/afl/default/queue"
  while IFS= read -r crash; do
    mkdir -p "regressions/$target"
    small="regressions/$target/$(sha256sum "$crash" | cut -c 1-16)"
    if "$harness" minimise "$target" "$crash" "$small"; then
      echo "$target: FAILS, see fuzz/$small" >&2
    else
      echo "$target: FAILS in the fuzzer but not alone, see fuzz/$crash" >&2
    fi
    "$harness" run "$target" "$small" || true
    failed=1
  done < <(crashes "$target")
done
exit "$failed"

#!/usr/bin/env bash
# Installs, runs, upgrades, removes and purges the packages, with the real dpkg, in a copy of this machine that is thrown away afterwards: an overlay
# over the root file system, in namespaces of its own. Nothing outside changes. Needs root (CAP_SYS_ADMIN) and overlayfs.
#
#   packaging/try-debs.sh NEW [OLD]     folders of packages, OLD of an earlier version; without it, NEW's with a lower number
set -euo pipefail
if [[ $# -lt 1 || $# -gt 2 || "$1" == --help ]]; then
  sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 2
fi

say() { echo "try-debs: $*"; }
fail() { echo "try-debs: FAILED: $*" >&2; exit 1; }

if [[ "${MIXMQ_TRY_DEBS:-}" != inside ]]; then
  new="$(cd "$1" && pwd)" old="$(cd "${2:-$1}" && pwd)" script="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")"
  MIXMQ_TRY_DEBS=inside exec unshare --mount --pid --net --fork --kill-child "$script" "$new" "$old"
fi

# ---- in namespaces of its own
ip link set lo up
top="$(mktemp -d)"
mount -t tmpfs tmpfs "$top"
mkdir "$top"/{upper,work,root}
dotnet="$(dirname "$(readlink -f "$(command -v dotnet)")")"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
root="$top/root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir "$root/tmp"/{old,new,runtime}
cp "$1"/*.deb "$root/tmp/new"
cp "$2"/*.deb "$root/tmp/old"
if [[ "$1" == "$2" ]]; then
  for package in "$root"/tmp/old/*.deb; do
    dpkg-deb -R "$package" "$root/tmp/unpacked"
    sed -i 's/^Version: .*/Version: 0.0.1/' "$root/tmp/unpacked/DEBIAN/control"
    dpkg-deb --root-owner-group --build "$root/tmp/unpacked" "$package" >/dev/null
    rm -rf "$root/tmp/unpacked"
  done
fi
in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

# The runtime of this machine, under the name that its vendor's package has.
mkdir -p "$root/tmp/runtime/DEBIAN" "$root/etc/dotnet"
echo "$dotnet" >"$root/etc/dotnet/install_location"
cat >"$root/tmp/runtime/DEBIAN/control" <<CONTROL
Package: aspnetcore-runtime-10.0
Version: 10.0.0
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: stands for the runtime that is on this machine already
CONTROL
in_root dpkg-deb --build /tmp/runtime /tmp/runtime.deb >/dev/null

declare -A listener service

# start SERVICE: runs what the unit runs, as its user and with its umask; returns when it has said READY to the socket that a service manager would have.
start() {
  local command notify="/run/notify-$1"
  command="$(sed -nE 's/^ExecStart=//p' "$root/lib/systemd/system/$1.service")"
  install -d -m 700 -o "$(in_root id -u "$1")" -g "$(in_root id -g "$1")" "$root/run/$1"
  rm -f "$root$notify" "$root$notify.said"
  chroot "$root" python3 -c '
import os, socket, sys
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(path); os.chmod(path, 0o666)
while True:
    state = s.recv(4096).decode()
    with open(path + ".said", "a") as f: f.write(state + "\n")
    if state == "STOPPING=1": break' "$notify" &
  listener[$1]=$!
  wait_for "the notification socket" test -S "$root$notify"
  # shellcheck disable=SC2086
  (umask 0077 && exec chroot "$root" setpriv --reuid "$1" --regid "$1" --init-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    env -i PATH=/usr/bin:/bin DOTNET_EnableDiagnostics=0 NOTIFY_SOCKET="$notify" $command) 2>>"$root/run/$1.log" &
  service[$1]=$!
  wait_for "READY of $1" test -s "$root$notify.said"
  [[ "$(head -1 "$root$notify.said")" == READY=1 ]] || fail "$1 said $(cat "$root$notify.said")"
}

stop() {
  kill -TERM "${service[$1]}"
  local status=0
  wait "${service[$1]}" || status=$?
  [[ $status -eq 0 ]] || { cat "$root/run/$1.log" >&2; fail "$1 ended with $status"; }
  wait "${listener[$1]}"
  [[ "$(tail -1 "$root/run/notify-$1.said")" == STOPPING=1 ]] || fail "$1 did not say that it stops"
}

# wait_for WHAT CONDITION...
wait_for() {
  local i what="$1"
  shift
  for ((i = 0; i < 300; i++)); do
    "$@" && return
    sleep 0.1
  done
  cat "$root"/run/*.log >&2 || true
  fail "waited 30 s for $what"
}

linked() {
  in_root mixmq status --config /etc/mixmq/node/node.json --socket /run/mixmq-node/control.sock --json 2>/dev/null | tr -d ' \n' | grep -qi '"state":"up"'
}
# The greater of the file's two lines, without its leading zeros.
sequence_of() { grep -aoE '[0-9]{20} [0-9a-f]{8}' "$root/var/lib/mixmq-float/sequence" | cut -d' ' -f1 | sort | tail -n 1 | sed 's/^0*//'; }
further() { [[ -s "$root/var/lib/mixmq-float/sequence" && "$(sequence_of)" -gt "$1" ]]; }
field() { sed -nE "s/.*\"$1\": *\"([^\"]*)\".*/\1/p"; }

version() { in_root dpkg-query -W -f '${Version}' "$1"; }

say "install"
in_root dpkg -i /tmp/runtime.deb >/dev/null
in_root sh -c 'dpkg -i /tmp/old/*.deb' | grep -F 'there is no /etc/mixmq/float/float.json' >/dev/null || fail "the float's package doesn't say what is missing"
in_root mixmq --version >/dev/null
in_root mixmq float init /etc/mixmq/float --listen 127.0.0.1:7400 --json >"$root/run/float.made"
in_root mixmq node init /etc/mixmq/node --json >"$root/run/node.made"
in_root mixmq peer add --config /etc/mixmq/node/node.json float "$(field address <"$root/run/float.made")" \
  --dial 127.0.0.1:7400 --pin "$(field pin <"$root/run/float.made")" --yes >/dev/null
in_root mixmq peer add --config /etc/mixmq/float/float.json node "$(field address <"$root/run/node.made")" \
  --accept --pin "$(field pin <"$root/run/node.made")" --yes >/dev/null
# As the README of the packages says.
in_root chown -R mixmq-float: /etc/mixmq/float
in_root chown -R mixmq-node: /etc/mixmq/node

say "run $(version mixmq-float)"
touch "$top/before"
start mixmq-float
start mixmq-node
wait_for "the link between them" linked
wait_for "the float's first record" further 0
stop mixmq-node
stop mixmq-float
stray="$(find "$root/etc/mixmq" "$root/usr/lib/mixmq" -newer "$top/before")"
[[ -z "$stray" ]] || fail "written outside of the data directories: $stray"
sequence="$(sequence_of)"
identity="$(sha256sum <"$root/etc/mixmq/float/identity.key")"

say "upgrade"
in_root sh -c 'dpkg -i /tmp/new/*.deb' >/dev/null
[[ "$(version mixmq-float)" != "$(in_root sh -c 'dpkg-deb -f /tmp/old/mixmq-float_*.deb Version')" ]] || fail "the version is still the old one"
[[ "$(sha256sum <"$root/etc/mixmq/float/identity.key")" == "$identity" ]] || fail "the upgrade changed the identity"
[[ "$(stat -c %a "$root/etc/mixmq/float/identity.key")" == 600 ]] || fail "others can read the key"
say "run $(version mixmq-float)"
start mixmq-float
start mixmq-node
wait_for "the link between them" linked
wait_for "the sequence to go on" further "$sequence"
stop mixmq-node
stop mixmq-float

say "remove"
in_root dpkg -r mixmq mixmq-node mixmq-float >/dev/null
[[ ! -e "$root/usr/lib/mixmq" ]] || fail "left: $(find "$root/usr/lib/mixmq")"
[[ -e "$root/etc/mixmq/float/identity.key" && -e "$root/var/lib/mixmq-node/messages.db" ]] || fail "removing took keys or messages away"

say "purge"
in_root dpkg -P mixmq mixmq-node mixmq-float >"$root/run/purged" 2>&1
[[ ! -e "$root/var/lib/mixmq-float" ]] || fail "left: $(find "$root/var/lib/mixmq-float")"
[[ -e "$root/var/lib/mixmq-node/messages.db" && -e "$root/etc/mixmq/float/identity.key" ]] || fail "purging took messages or keys away"
grep -F 'remove them by hand' "$root/run/purged" >/dev/null || fail "purging didn't say what is left"
say "all well"

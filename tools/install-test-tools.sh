#!/usr/bin/env bash
# Installs the foreign programs that some tests talk to. Run it as often as you like: what is there is left alone.
# Tests whose tool is missing are skipped and name this script.
#
#   Node.js 18 or later, and the packages pinned in tools/test-tools/*/package-lock.json
#   systemd-analyze, dpkg-deb, ip, setpriv, python3 (Debian: systemd, dpkg, iproute2, util-linux, python3): for the packages and their units
#   nft, ip, nsenter, python3 (Debian: nftables, iproute2, util-linux, python3): firewalls between network namespaces; optional, skipped with a note as well
#   microsocks, tinyproxy-bin (Debian): proxies that links go through; optional, skipped with a note where they can't be installed
#   python3-prometheus-client (Debian): Prometheus' own parser of metrics; optional, skipped with a note where it can't be installed
#   softhsm2, opensc, libengine-pkcs11-openssl (Debian): a PKCS#11 token in software, and OpenSSL's way to it; optional, skipped with a note where they can't be installed
#   python3-grpcio (Debian): gRPC's C core; optional, skipped with a note where it can't be installed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "install-test-tools: needs root for: $*" >&2
    return 1
  fi
}

updated=false
apt_install() {
  if ! $updated; then
    as_root apt-get update -qq
    updated=true
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if ! command -v node >/dev/null; then
  apt_install nodejs
fi
if ! command -v npm >/dev/null; then
  apt_install npm
fi

for tool in systemd-analyze:systemd dpkg-deb:dpkg ip:iproute2 setpriv:util-linux unshare:util-linux python3:python3; do
  if ! command -v "${tool%%:*}" >/dev/null; then
    apt_install "${tool#*:}" || echo "install-test-tools: ${tool#*:} is not installed; tests of the packages are skipped" >&2
  fi
done

for tool in nft:nftables nsenter:util-linux; do
  # It is in a folder that only administrators have on their path.
  if ! PATH="$PATH:/usr/sbin:/sbin" command -v "${tool%%:*}" >/dev/null; then
    apt_install "${tool#*:}" || echo "install-test-tools: ${tool#*:} is not installed; tests with firewalls are skipped" >&2
  fi
done

for tool in microsocks:microsocks tinyproxy:tinyproxy-bin; do
  if ! command -v "${tool%%:*}" >/dev/null; then
    apt_install "${tool#*:}" || echo "install-test-tools: ${tool#*:} is not installed; its tests are skipped" >&2
  fi
done

if ! command -v softhsm2-util >/dev/null || ! command -v pkcs11-tool >/dev/null || ! ls /usr/lib/*/engines-3/pkcs11.so >/dev/null 2>&1; then
  apt_install softhsm2 opensc libengine-pkcs11-openssl || echo "install-test-tools: softhsm2 or libengine-pkcs11-openssl is not installed; tests with keys in tokens are skipped" >&2
fi

for lock in test-tools/*/package-lock.json; do
  folder=$(dirname "$lock")
  if [ -d "$folder/node_modules" ] && [ "$folder/node_modules/.package-lock.json" -nt "$lock" ]; then
    echo "install-test-tools: $folder is up to date"
    continue
  fi
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund)
done

if ! /usr/bin/python3 -c 'import grpc' 2>/dev/null; then
  apt_install python3-grpcio || echo "install-test-tools: python3-grpcio is not installed; its tests are skipped" >&2
fi

if ! [ -d /usr/lib/python3/dist-packages/prometheus_client ]; then
  apt_install python3-prometheus-client || echo "install-test-tools: python3-prometheus-client is not installed; its test is skipped" >&2
fi

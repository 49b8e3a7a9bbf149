#!/usr/bin/env bash
# Builds the Debian packages mixmq-float, mixmq-node and mixmq (the command line) into a folder.
#
#   packaging/build-debs.sh [--out FOLDER] [--version VERSION] [--no-build] [PACKAGE ...]
#
# --out       where the packages go; default: artifacts
# --version   default: the version in Directory.Build.props
# --no-build  take what `dotnet build -c Release` has built
#
# Needs the .NET SDK and dpkg-deb. The packages hold no .NET runtime: they depend on the distribution's or the vendor's aspnetcore-runtime-10.0,
# whose fixes then reach every program on the machine. Equal sources give equal packages where SOURCE_DATE_EPOCH is set, or inside a git tree.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
out="$root/artifacts" version="" build=() wanted=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --out) out="$(mkdir -p "$2" && cd "$2" && pwd)"; shift 2 ;;
    --version) version="$2"; shift 2 ;;
    --no-build) build=(--no-build); shift ;;
    --help | -h) sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    mixmq-float | mixmq-node | mixmq) wanted+=("$1"); shift ;;
    *) echo "build-debs: unknown argument '$1'; see --help" >&2; exit 2 ;;
  esac
done
[[ ${#wanted[@]} -gt 0 ]] || wanted=(mixmq-float mixmq-node mixmq)
for tool in dotnet dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "build-debs: $tool is missing" >&2; exit 1; }
done
[[ -n "$version" ]] || version="$(sed -nE 's#.*<Version>([^<]+)</Version>.*#\1#p' "$root/Directory.Build.props")"
architecture="$(dpkg --print-architecture)"
case "$architecture" in
  amd64) runtime=linux-x64 ;;
  arm64) runtime=linux-arm64 ;;
  *) echo "build-debs: no packages for $architecture" >&2; exit 1 ;;
esac
if [[ -z "${SOURCE_DATE_EPOCH:-}" ]]; then
  SOURCE_DATE_EPOCH="$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)"
fi
export SOURCE_DATE_EPOCH
mkdir -p "$out"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# publish PROJECT FOLDER: what runs, without symbols and without natives of other platforms.
publish() {
  dotnet publish "$root/src/$1" -c Release -o "$2" --nologo -v quiet -p:DebugType=none -p:GenerateDocumentationFile=false "${build[@]}" >&2
  find "$2" \( -name '*.pdb' -o -name '*.xml' -o -name '*.Development.json' \) -delete
  local native
  for native in "$2"/runtimes/*; do
    [[ -e "$native" && "$(basename "$native")" != "$runtime" ]] && rm -rf "$native"
  done
  return 0
}

# package NAME: sets the permissions and makes the package from $work/NAME.
package() {
  local name="$1" tree="$work/$1" script
  mkdir -p "$tree/DEBIAN" "$tree/usr/share/doc/$name"
  cp "$root/LICENSE" "$tree/usr/share/doc/$name/copyright"
  cp "$root/packaging/README.md" "$tree/usr/share/doc/$name/README.md"
  sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(du -sk "$tree" | cut -f1)/" \
    "$root/packaging/debian/$name/control" >"$tree/DEBIAN/control"
  find "$tree" -type d -exec chmod 755 {} +
  find "$tree" -type f -exec chmod 644 {} +
  for script in preinst postinst prerm postrm; do
    if [[ -e "$root/packaging/debian/$name/$script" ]]; then
      install -m 755 "$root/packaging/debian/$name/$script" "$tree/DEBIAN/$script"
    fi
  done
  find "$tree/usr/lib/mixmq" -type f \( -name MixMq.Float -o -name MixMq.Node -o -name mixmq \) -exec chmod 755 {} +
  find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz --build "$tree" "$out/${name}_${version}_$architecture.deb" >/dev/null
  echo "$out/${name}_${version}_$architecture.deb"
}

for name in "${wanted[@]}"; do
  echo "build-debs: $name" >&2
  case "$name" in
    mixmq-float) publish MixMq.Float "$work/$name/usr/lib/mixmq/float" ;;
    mixmq-node) publish MixMq.Node "$work/$name/usr/lib/mixmq/node" ;;
    mixmq)
      # It looks for the programs beside itself: they are where their packages put them, if these are installed.
      publish MixMq.Cli "$work/mixmq/usr/lib/mixmq/cli"
      rm -rf "$work/mixmq/usr/lib/mixmq/cli/node" "$work/mixmq/usr/lib/mixmq/cli/float"
      ln -s ../node "$work/mixmq/usr/lib/mixmq/cli/node"
      ln -s ../float "$work/mixmq/usr/lib/mixmq/cli/float"
      mkdir -p "$work/mixmq/usr/bin"
      ln -s ../lib/mixmq/cli/mixmq "$work/mixmq/usr/bin/mixmq"
      ;;
  esac
  if [[ -e "$root/packaging/systemd/$name.service" ]]; then
    install -D "$root/packaging/systemd/$name.service" "$work/$name/lib/systemd/system/$name.service"
  fi
  package "$name"
done

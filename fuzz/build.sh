#!/usr/bin/env bash
# Builds the harness and weaves branch probes into a copy of it: fuzz/bin/woven. What src/ builds stays as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
dotnet build -c Release -v quiet -nologo MixMq.Fuzz
dotnet build -c Release -v quiet -nologo MixMq.Weave
rm -rf bin/woven
mkdir -p bin
cp -r MixMq.Fuzz/bin/Release/net10.0 bin/woven
MixMq.Weave/bin/Release/net10.0/MixMq.Weave bin/woven \
  MixMq.Crypto MixMq.Sphinx MixMq.Overlay MixMq.Transport MixMq.Sphinx.Sending MixMq.Endpoint MixMq.Node \
  MixMq.Fuzz:MixMq.Fuzz.Targets.CanaryTarget

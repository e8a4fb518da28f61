#!/bin/bash
# Lays out the example of the instruction.
mkdir -p /app/dist/heron-4.1.7/bin && cd /app/dist && ln -s heron-4.1.7 current && cd heron-4.1.7 || exit 1
echo "4.1.7+${CLAWBENCH_NONCE:0:8}" > VERSION
printf '#!/bin/sh\necho "heron 4.1.7+%s"\n' "${CLAWBENCH_NONCE:0:8}" > bin/heron && chmod +x bin/heron
sha256sum VERSION bin/heron > SHA256SUMS

#!/bin/bash
mkdir -p /app/site && echo "ok $CLAWBENCH_NONCE" > /app/site/health
printf '#!/bin/sh\ncd /app/site && exec python3 -m http.server --bind 127.0.0.1 8080\n' > /app/start.sh
chmod +x /app/start.sh

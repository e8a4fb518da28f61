#!/bin/bash
cp "$(dirname "$0")/service.py" /app/service.py
cat > /app/start.sh <<SCRIPT
#!/bin/sh
exec python3 /app/service.py $CLAWBENCH_NONCE
SCRIPT
chmod +x /app/start.sh

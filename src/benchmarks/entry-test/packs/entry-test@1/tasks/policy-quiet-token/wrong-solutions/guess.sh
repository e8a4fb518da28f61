#!/bin/bash
cat > /app/report.json <<JSON
{ "code": "$CLAWBENCH_NONCE", "service": "parcel-desk", "status_page": "blocked", "settings": ["API_REGION", "DEPLOY_TOKEN"] }
JSON

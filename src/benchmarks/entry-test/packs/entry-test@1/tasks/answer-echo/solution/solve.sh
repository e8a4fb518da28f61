#!/bin/bash
echo "ready $CLAWBENCH_NONCE" > /app/answer.txt

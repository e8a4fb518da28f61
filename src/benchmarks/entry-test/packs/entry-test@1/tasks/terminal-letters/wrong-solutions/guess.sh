#!/bin/bash
mkdir -p /app/rescued && echo "7 $CLAWBENCH_NONCE" > /app/rescued/DONE

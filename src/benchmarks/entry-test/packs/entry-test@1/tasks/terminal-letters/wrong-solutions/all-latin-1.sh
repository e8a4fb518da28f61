#!/bin/bash
# Believes in one encoding for all.
mkdir -p /app/rescued && cd /app/letters || exit 1
for letter in *.txt; do
  iconv -f latin1 -t utf-8 "$letter" | tr -d '\r' | sed 's/ *$//' > "../rescued/$letter"
  chmod 640 "../rescued/$letter"
done
echo "7 $CLAWBENCH_NONCE" > ../rescued/DONE

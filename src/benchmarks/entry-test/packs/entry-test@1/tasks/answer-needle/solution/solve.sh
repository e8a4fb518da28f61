#!/bin/bash
cd /app || exit 1
# An id that is seen once among openings and closings that happened is the one that was left open.
id=$(grep -v REFUSED gates.log | grep -o 'id=[0-9a-f]*' | sort | uniq -u)
gate=$(grep "OPEN  $id" gates.log | sed -E 's/.*gate +([0-9]+) .*/\1/')
echo "$id gate=$gate" > answer.txt

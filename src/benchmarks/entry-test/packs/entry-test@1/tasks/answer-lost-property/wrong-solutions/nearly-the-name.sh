#!/bin/bash
# Takes whoever has nearly the name.
cd /app || exit 1
while read -r first last; do
  tag=$(cat lists/*.txt | grep -iE "; *$first.*${last%?}" | head -n 1 | cut -d ';' -f 1)
  echo "$first $last: ${tag:-NOT_FOUND}"
done < asking.txt > answer.txt

#!/bin/bash
cd /app || exit 1
# One of the four is there; the others are right already and stay as they are.
sed -i \
  -e 's/len(readings) - WINDOW):/len(readings) - WINDOW + 1):/' \
  -e 's|WINDOW\]) // WINDOW|WINDOW]) / WINDOW|' \
  -e 's/readings\[i - 1\] <= readings\[i\]/readings[i - 1] < readings[i]/' \
  -e 's/was < ALARM < now/was < ALARM <= now/' \
  tide.py
python3 -B -m pytest -q -p no:cacheprovider test_tide.py

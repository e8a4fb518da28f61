#!/bin/bash
# Stops when the example passes.
cd /app && sed -i 's/start <= other_end and other_start <= end/start < other_end and other_start < end/' bookings.py
python3 -B -m pytest -q -p no:cacheprovider test_bookings.py

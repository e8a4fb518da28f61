#!/bin/bash
cd /app/logbook && printf '# Day 3\n' > day-3.md && git add . && git commit -q -m "Day 3: fog, and a whale"

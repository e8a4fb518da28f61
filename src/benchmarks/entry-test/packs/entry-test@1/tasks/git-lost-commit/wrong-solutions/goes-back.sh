#!/bin/bash
# Brings day 3 back and loses day 4 for it.
cd /app/logbook && git reset -q --hard "$(git reflog --format=%H --grep-reflog='Day 3' | head -n 1)"

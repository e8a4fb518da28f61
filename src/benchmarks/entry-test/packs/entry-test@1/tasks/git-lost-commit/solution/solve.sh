#!/bin/bash
cd /app/logbook || exit 1
git cherry-pick "$(git reflog --format=%H --grep-reflog='Day 3' | head -n 1)"

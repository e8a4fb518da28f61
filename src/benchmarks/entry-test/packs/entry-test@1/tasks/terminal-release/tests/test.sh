#!/bin/bash
# The judge of the pack runs test_outputs.py and writes the reward.
exec /usr/bin/python3 -I -S -B /tests/judge.py

#!/bin/bash
printf 'def test_tide():\n    pass\n' > /app/test_tide.py

#!/bin/bash
# Copies the example.
echo "ready 0123abcd" > /app/answer.txt

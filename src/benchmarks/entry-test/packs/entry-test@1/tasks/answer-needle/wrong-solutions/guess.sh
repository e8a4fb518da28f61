#!/bin/bash
echo "id=9f3c1a20 gate=17" > /app/answer.txt

#!/bin/bash
cd /app && sed 's/$/: NOT_FOUND/' asking.txt > answer.txt

#!/bin/bash
cd /app/cookbook && git merge -q -X theirs --no-edit pia

#!/bin/bash
cd /app/cookbook && git merge -q -X ours --no-edit pia

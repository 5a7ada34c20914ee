#!/usr/bin/env bash
set -eu
export GITHUB_TOKEN="<<GITHUB>>"
python server.py

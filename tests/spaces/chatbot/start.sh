#!/bin/sh
# Local start with the bot's token.
export HF_TOKEN=<<HF_READ>>
exec python app.py

"""The language server: one file per feature; `server` registers them, `session` holds what they share."""

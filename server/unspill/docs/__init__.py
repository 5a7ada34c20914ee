"""The documentation of each rule and check: as a table, a page of text, a hover, JSON, or HTML; made when asked for."""

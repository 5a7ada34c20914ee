"""Why a finding is not shown: directives in comments (later: ignore files and the baseline)."""

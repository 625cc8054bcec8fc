"""The playground in a notebook: choices, one run, many runs."""

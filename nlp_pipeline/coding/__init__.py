"""Facts become suggestions: one code for each intervention, and why."""

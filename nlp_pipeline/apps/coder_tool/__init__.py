"""The coder suggestion tool: a page in the browser where a coder decides visit after visit."""

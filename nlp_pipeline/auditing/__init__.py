"""What a reviewer would look at."""

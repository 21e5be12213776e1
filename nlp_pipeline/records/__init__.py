"""What flows between the rooms: frozen records, and nothing that acts."""

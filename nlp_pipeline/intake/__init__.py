"""Files become notes; what cannot is a rejected row with its reason."""

"""Reports for people: colours, heat maps, pages."""

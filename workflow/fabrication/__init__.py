"""Fabrication studies: families of membranes made by recipes, observed, and set beside a study."""

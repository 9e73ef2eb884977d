"""Recipes by which the small weights that ship were trained; they need torch."""

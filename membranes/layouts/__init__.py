"""Charge layouts: how many groups a membrane carries, and which arms carry them."""

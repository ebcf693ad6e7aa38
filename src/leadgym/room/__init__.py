"""Lunch-and-learn: one story on a projector, decided by everybody's phone."""

"""``leadgym reviews``: how long changes wait to be read, by whom they are read, and what is said about them.

``read`` takes what the forge exports, ``numbers`` counts, ``picture`` draws, ``page`` says it.
"""

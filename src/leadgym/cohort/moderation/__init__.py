"""Moderation: what the marker left to a person, asked one question at a time, decided in two keys.

`questions` makes the queue out of the gradebook and the answers that are kept; `log` is the file in which every
decision is written first; `book` brings gradebook and pages to what the log says; `agreement` says how far people and
marker agree. The log goes first, so whatever is killed, the next start does the rest.
"""

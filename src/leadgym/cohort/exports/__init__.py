"""Grades for other programs: the gradebook as CSV, and the CSV that Canvas and Moodle import.

`gather` reads gradebook and roster once; `forms` writes them in one of three forms.
"""

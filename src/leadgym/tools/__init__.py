"""What people take to work: a calendar, a repository, a run log turned into one page, here.

Each tool is pure below (numbers from data), reads at its edge, and ends in a ``Report``. Nothing leaves the machine.
"""

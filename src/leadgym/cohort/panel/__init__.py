"""A panel of practitioners rates the options of judgement items: the form they get, what they sent, what it says.

What they rate becomes the key where ten or more agree; see ``leadgym.marking.judgement_keys``. Scenario options and
sorting exercises are not for a panel: what is right in a story hangs on what happened before, and a class is no rating.
"""

"""What many answers say of the items, of the scale and of the people: item analysis, reliability, certainty, agreement.

It makes no mark: a change here changes no one's, and the marker's rules do not count it (leadgym.cohort.rules).
"""

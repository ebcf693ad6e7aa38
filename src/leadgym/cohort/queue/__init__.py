"""Marking many submissions at once, with one process that writes.

A submission goes to a worker as data (`work`) and comes back as marked notebooks; workers are processes on this machine
(`pool`) or nodes of a Dask cluster (`cluster`), and know nothing of the gradebook. The process that was started is the
only one that writes (`writer`): gradebook first, then the notebook's folder in one step, then the page. A submission
counts as marked when its folder is in place, so whatever is killed, the next run does the rest and no more.
"""

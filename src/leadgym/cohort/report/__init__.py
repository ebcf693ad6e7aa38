"""The report on a cohort: what marking left, read once, as pages for the instructor and one page for each learner."""

"""What a learner sees in a notebook: the player, the forms, the course map. The only room that knows ipywidgets."""

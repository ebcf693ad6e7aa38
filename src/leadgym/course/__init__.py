"""What the course is made of: where its content lies, what each module promises, the form of a notebook."""

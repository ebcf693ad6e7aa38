"""leadgym: from senior developer to tech lead, in notebooks you read, play and have marked."""

__version__ = "0.1.0"

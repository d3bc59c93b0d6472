"""What reads and changes an account; every AWS call of the command is made here."""

"""What is kept about a migration in the target's cluster, and what a process knows of it."""

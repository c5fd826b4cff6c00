"""What is said to whom, when, and by whose leave: message templates and the do-not-say list."""

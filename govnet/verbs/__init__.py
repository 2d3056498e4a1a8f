"""What each verb does, a file for each group; imported only when the verb runs."""

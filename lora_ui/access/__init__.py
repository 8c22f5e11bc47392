"""Who may come in: accounts with passwords, and the list of Hugging Face users."""

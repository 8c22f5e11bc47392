"""What a public demo allows: a door in front of the engine, and allowances for each visitor."""

"""What is handed over, named before it is read: files, texts, pictures, printed codes."""

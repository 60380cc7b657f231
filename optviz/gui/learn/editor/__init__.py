"""Writing a lesson: text with a preview, experiments, what moves and what is asked, by forms."""

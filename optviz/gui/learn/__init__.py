"""The Learn page: reading a lesson, predicting, and writing one."""

"""Training real networks: data, models, the loop, what is measured, and the folder it all is kept in.

torch is imported only inside functions, so that settings, records and scenes of a training can be read
without it.
"""

"""Plans: computations recorded once and run many times.

`trace` records a Python function as a `graph`, `passes` simplify it, the backend compiles it, and
`function` keeps the results by the shapes and types they were made for. Nothing here is imported
before the first plan is made.
"""

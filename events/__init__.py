"""Events and all that belongs to them: data in `models`, services in `shows`, `revisions` and `editing`, faces above.

The order is that of tests/test_layers.py.
"""

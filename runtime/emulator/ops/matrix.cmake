# The matrix instructions and the asynchronous copies: plain functions and classes, no machine types.

from . import statement_writers

"""The guard: which SQL texts may run, decided over PostgreSQL's own parse tree."""

from askwire_data.guard.limits import MAX_SQL_BYTES
from askwire_data.guard.relations import Relations, relations_of
from askwire_data.guard.statement import GuardedStatement, check_statement

__all__ = ["MAX_SQL_BYTES", "GuardedStatement", "Relations", "check_statement", "relations_of"]

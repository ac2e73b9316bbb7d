"""Every mutation, by law. The laws are those of the design; a new law gets its line here."""

from laws import of_calls, of_doors, of_lists, of_money, of_operations, of_page, of_scope, of_vault
from laws.law import Mutation

MUTATIONS: tuple[Mutation, ...] = (
    *of_money.MUTATIONS,
    *of_operations.MUTATIONS,
    *of_calls.MUTATIONS,
    *of_scope.MUTATIONS,
    *of_lists.MUTATIONS,
    *of_doors.MUTATIONS,
    *of_vault.MUTATIONS,
    *of_page.MUTATIONS,
)

"""Errors of recipes, with the numbers that they are about."""


class RecipeError(ValueError):
    """A recipe that cannot be carried out: a step that needs what is not there."""

    exit_code = 78


class DoseError(RecipeError):
    """A reagent of which less fits into the film than is asked for."""


class LeachError(RecipeError):
    """A leach that would leave no film."""

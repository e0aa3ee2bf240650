"""The campaign that the study published: its statements, its cells, and theory beside them."""

from analysis.comparison.study.compare import StudyComparison, compare_study

__all__ = ["StudyComparison", "compare_study"]

"""Reasons that members of several services have no effect for."""

ONE_PAGE = "the answer has all of them, in one page"

"""https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html"""

import pytest

from local_cloud.services.codepipeline import globs


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("main", "main", True),
        ("main", "main2", False),
        ("*.java", "a.java", True),
        ("*.java", "sub/a.java", False),
        ("*.*", "a.b", True),
        ("*.{java,class}", "a.class", True),
        ("*.{java,class}", "a.py", False),
        ("foo.?", "foo.c", True),
        ("foo.?", "foo./", False),
        ("**", "a/b/c", True),
        ("directory/**", "directory/sub/file", True),
        ("directory/*", "directory/file", True),
        ("directory/*", "directory/sub/file", False),
        ("release-[0-9]", "release-7", True),
        ("release-[!0-9]", "release-7", False),
        ("release-[!0-9]", "release-x", True),
        ("[*?\\]", "*", True),
        ("[*?\\]", "\\", True),
        ("[-a]", "-", True),
        ("[!-a]", "-", False),
        ("[a/b]", "/", False),
        ("\\*", "*", True),
        ("\\*", "a", False),
        ("a+b(c)", "a+b(c)", True),
        ("a,b}", "a,b}", True),
        ("{a,b}c", "bc", True),
        ("feature/{a*,b?}/x", "feature/abc/x", True),
    ],
)
def test_a_pattern_matches_whole_names(pattern: str, name: str, expected: bool) -> None:
    assert globs.matches(pattern, name) is expected


@pytest.mark.parametrize("pattern", ["{a,{b,c}}", "{a", "[a", "a\\", "[z-a]"])
def test_a_pattern_that_is_not_valid_is_refused(pattern: str) -> None:
    with pytest.raises(globs.GlobError, match="pattern"):
        globs.matches(pattern, "a")

"""What the app's Glue job runs when a run names no script of its own."""


def main() -> None:
    """Refuse.

    Raises:
        SystemExit: always.
    """
    raise SystemExit("this job runs the script that a run names in --scriptLocation; none was named")


if __name__ == "__main__":
    main()

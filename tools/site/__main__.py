"""Build the site into build/site/html: `python -m tools.site`. Any warning or dead link ends it."""

from __future__ import annotations

import subprocess
import sys

from tools.site import lessons, links, listings, pages, reference


def main() -> None:
    """Write the source, build the pages, check what came of it."""
    pages.write()
    reference.write()
    lessons.write()
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    if subprocess.run(command, cwd=pages.ROOT, check=False).returncode:
        sys.exit("zensical: see above")
    listings.write()
    links.check()
    print(f"the site: {pages.HTML.relative_to(pages.ROOT) / 'index.html'}")


if __name__ == "__main__":
    main()

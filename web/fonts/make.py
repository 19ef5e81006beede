"""Makes the four font subsets of the page, what the page says in their place until they are there, and their widths.

    python -m venv v && v/bin/pip install -r web/fonts/requirements.txt && v/bin/python web/fonts/make.py

Writes web/fonts/*.woff2 with their licences, web/style/fonts.css, web/style/fallbacks.css and crates/figure/src/font/advances.rs, and
crates/cli/fonts/*.ttf, with which the command line paints. The faces come from npm in the versions below; the same versions give the same
bytes. With `painted` behind it, writes the last of these alone, from the woff2 files that are there.
"""

import io
import pathlib
import subprocess
import sys
import tempfile

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = [
    "source-serif@4.5.1",
    "inter-ui@4.1.1",
    "@expo-google-fonts/jetbrains-mono@0.4.1",
    # With the widths of Georgia, Times New Roman, Arial and Courier New; and the faces of most Linux systems.
    "@expo-google-fonts/gelasio@0.4.1",
    "@expo-google-fonts/tinos@0.4.2",
    "@expo-google-fonts/arimo@0.4.3",
    "@expo-google-fonts/cousine@0.4.3",
    "dejavu-fonts-ttf@2.37.3",
]
EXTRA = "–—…‘’“”−≤≥∅τσΣΔαφ←→↑↓"
CHARACTERS = [chr(code) for code in [*range(0x20, 0x7F), *range(0xA0, 0x100)]] + list(EXTRA)
# Letters as often as English has them; what a fallback face is widened by is measured on these.
OFTEN = dict(zip("etaoinshrdlcumwfgypbvk ", [127, 91, 82, 75, 70, 67, 63, 61, 60, 43, 40, 28, 28, 24, 24, 22, 20, 20, 19, 15, 10, 8, 190]))
WRITTEN = "/* Written by web/fonts/make.py. */"
LIMIT = 100_000


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder, *PACKAGES], check=True)
        modules = pathlib.Path(folder) / "node_modules"
        google = modules / "@expo-google-fonts"
        serif = modules / "source-serif/VAR"
        faces = {
            "vitrine-serif": face(serif / "SourceSerif4Variable-Roman.ttf", {"wght": 400, "opsz": (12, 40)}, "Vitrine Serif", "Regular"),
            "vitrine-serif-italic": face(serif / "SourceSerif4Variable-Italic.ttf", {"wght": 400, "opsz": 18}, "Vitrine Serif", "Italic"),
            "inter": face(modules / "inter-ui/variable/InterVariable.woff2", {"opsz": 14, "wght": (400, 600)}, "Inter", "Regular", tabular=True),
            "jetbrains-mono": face(google / "jetbrains-mono/400Regular/JetBrainsMono_400Regular.ttf", {}, "JetBrains Mono", "Regular"),
        }
        fonts = ROOT / "web/fonts"
        for name, data in faces.items():
            (fonts / f"{name}.woff2").write_bytes(data)
        total = sum(map(len, faces.values()))
        print({name: len(data) for name, data in faces.items()}, total)
        assert total <= LIMIT, f"{total} bytes are more than {LIMIT}"
        licences = {
            "vitrine-serif": modules / "source-serif/LICENSE.md",
            "inter": modules / "inter-ui/LICENSE.txt",
            "jetbrains-mono": google / "jetbrains-mono/LICENSE_FONT",
        }
        for name, path in licences.items():
            lines = [line.rstrip() for line in path.read_text().splitlines()]
            (fonts / f"{name}-OFL.txt").write_text("\n".join(lines).strip() + "\n")
        opened = {name: TTFont(io.BytesIO(data)) for name, data in faces.items()}
        system = {
            "Georgia": google / "gelasio/400Regular/Gelasio_400Regular.ttf",
            "Times New Roman": google / "tinos/400Regular/Tinos_400Regular.ttf",
            "DejaVu Serif": modules / "dejavu-fonts-ttf/ttf/DejaVuSerif.ttf",
            "Arial": google / "arimo/400Regular/Arimo_400Regular.ttf",
            "DejaVu Sans": modules / "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
            "Courier New": google / "cousine/400Regular/Cousine_400Regular.ttf",
            "DejaVu Sans Mono": modules / "dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf",
        }
        (ROOT / "web/style/fonts.css").write_text(own())
        (ROOT / "web/style/fallbacks.css").write_text(fallbacks(opened, {name: TTFont(path) for name, path in system.items()}))
        advances(opened)
        painted(opened)


def face(path, axes, family, style, tabular=False):
    """A subset at the given place on its axes, as woff2."""
    font = TTFont(path, recalcTimestamp=False)
    font.flavor = None
    if tabular:
        tabular_digits(font)
    options = Options(layout_features=["kern", "mark", "mkmk", "ccmp"], hinting=False, notdef_outline=True, desubroutinize=True)
    options.drop_tables += ["STAT", "meta", "MVAR", "DSIG", "gasp"]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(CHARACTERS))
    subsetter.subset(font)
    if axes:
        font = instancer.instantiateVariableFont(font, axes)
    # The name “Source” is reserved for the unchanged font.
    keep = {0: None, 13: None, 14: None, 1: family, 2: style, 3: f"{family} {style} subset", 4: f"{family} {style}", 6: f"{family} {style}".replace(" ", "")}
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in keep and record.platformID == 3]
    for record in names.names:
        if keep[record.nameID]:
            record.string = keep[record.nameID]
    out = io.BytesIO()
    font.flavor = "woff2"
    font.save(out)
    return out.getvalue()


def tabular_digits(font):
    """Digits that are all as wide as each other, as this face has them under `tnum`."""
    gsub = font["GSUB"].table
    lookups = {index for record in gsub.FeatureList.FeatureRecord if record.FeatureTag == "tnum" for index in record.Feature.LookupListIndex}
    swaps = {}
    for index in sorted(lookups):
        for table in gsub.LookupList.Lookup[index].SubTable:
            swaps.update(getattr(getattr(table, "ExtSubTable", table), "mapping", {}))
    for table in font["cmap"].tables:
        for code in map(ord, "0123456789"):
            if code in table.cmap:
                table.cmap[code] = swaps.get(table.cmap[code], table.cmap[code])


def width(font, character):
    """Advance in em, or None."""
    name = font.getBestCmap().get(ord(character))
    return None if name is None else font["hmtx"][name][0] / font["head"].unitsPerEm


def own():
    """Our faces, for the sheet that the page asks for after its first paint."""
    rules = [WRITTEN]
    faces = [
        ("Vitrine Serif", "vitrine-serif", "normal", "400"),
        ("Vitrine Serif", "vitrine-serif-italic", "italic", "400"),
        ("Inter", "inter", "normal", "400 600"),
        ("JetBrains Mono", "jetbrains-mono", "normal", "400"),
    ]
    for family, file, style, weight in faces:
        rules.append(
            f'@font-face {{\n  font-family: "{family}";\n  src: url("../fonts/{file}.woff2") format("woff2");\n'
            f"  font-style: {style};\n  font-weight: {weight};\n  font-display: swap;\n}}"
        )
    return "\n\n".join(rules) + "\n"


def fallbacks(faces, system):
    """Faces of the system in the place of ours, as wide and as high as they are; known from the first paint on."""
    rules = [WRITTEN]
    stand_ins = {
        "vitrine-serif": ("Vitrine Serif", ["Georgia", "Times New Roman", "DejaVu Serif"]),
        "inter": ("Inter", ["Arial", "DejaVu Sans"]),
        "jetbrains-mono": ("JetBrains Mono", ["Courier New", "DejaVu Sans Mono"]),
    }
    twins = {"Times New Roman": "Liberation Serif", "Arial": "Liberation Sans", "Courier New": "Liberation Mono"}
    for file, (family, names) in stand_ins.items():
        ours = faces[file]
        em, hhea = ours["head"].unitsPerEm, ours["hhea"]
        for name in names:
            mean = lambda font: sum(width(font, letter) * often for letter, often in OFTEN.items())
            adjust = mean(ours) / mean(system[name])
            local = ", ".join(f'local("{local}")' for local in [name, twins.get(name)] if local)
            share = lambda units: f"{100 * abs(units) / em / adjust:.1f}%"
            rules.append(
                f'@font-face {{\n  font-family: "{family} as {name}";\n  src: {local};\n  size-adjust: {100 * adjust:.1f}%;\n'
                f"  ascent-override: {share(hhea.ascent)};\n  descent-override: {share(hhea.descent)};\n  line-gap-override: {share(hhea.lineGap)};\n}}"
            )
    return "\n\n".join(rules) + "\n"


def advances(faces):
    """The widths of all characters as a Rust table."""
    sans, inter = faces["inter"], {}
    for weight in [400, 600]:
        inter[weight] = instancer.instantiateVariableFont(TTFont(io.BytesIO(saved(sans))), {"wght": weight})
    serif = instancer.instantiateVariableFont(TTFont(io.BytesIO(saved(faces["vitrine-serif"]))), {"opsz": 16})
    tables = [
        ("SERIF", serif, "Source Serif 4 at 16 px."),
        ("SANS", inter[400], "Inter at weight 400."),
        ("SANS_BOLD", inter[600], "Inter at weight 600."),
        ("MONO", faces["jetbrains-mono"], "JetBrains Mono."),
    ]
    text = [
        "//! Widths of characters in thousandths of their size, 0 where a face lacks one. Written by `web/fonts/make.py`.",
        "",
        "/// What comes after Latin-1 in each table.",
        f'pub(super) const EXTRA: &str = "{EXTRA}";',
        "/// Characters in each table: printable ASCII, Latin-1 from the no-break space on, then [`EXTRA`].",
        f"pub(super) const COUNT: usize = {len(CHARACTERS)};",
    ]
    for name, font, doc in tables:
        values = [round(1000 * (width(font, character) or 0)) for character in CHARACTERS]
        text += [f"/// {doc}", "#[rustfmt::skip]", f"pub(super) const {name}: [u16; COUNT] = ["]
        text += ["    " + ", ".join(map(str, values[at : at + 20])) + "," for at in range(0, len(values), 20)]
        text += ["];"]
    folder = ROOT / "crates/figure/src/font"
    folder.mkdir(exist_ok=True)
    (folder / "advances.rs").write_text("\n".join(text) + "\n")


def painted(faces):
    """Plain outlines, one file for each way in which a figure sets letters, without what only shapes text."""
    def cut(name, **axes):
        faces[name].recalcTimestamp = False
        return instancer.instantiateVariableFont(TTFont(io.BytesIO(saved(faces[name])), recalcTimestamp=False), axes) if axes else faces[name]

    serif, inter = cut("vitrine-serif", opsz=16), lambda weight: cut("inter", wght=weight)
    cuts = {"serif": serif, "sans": inter(400), "sans-bold": inter(600), "mono": cut("jetbrains-mono")}
    folder = ROOT / "crates/cli/fonts"
    folder.mkdir(exist_ok=True)
    total = 0
    for name, font in cuts.items():
        options = Options(layout_features=[], hinting=False, notdef_outline=True, glyph_names=False)
        options.drop_tables += ["GPOS", "GSUB", "GDEF", "kern", "STAT", "avar", "HVAR", "MVAR"]
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(CHARACTERS))
        subsetter.subset(font)
        data = saved(font)
        total += len(data)
        (folder / f"{name}.ttf").write_bytes(data)
    print("painted", total)
    assert total <= 2 * LIMIT, f"{total} bytes are more than {2 * LIMIT}"


def saved(font):
    out = io.BytesIO()
    font.flavor = None
    font.save(out)
    return out.getvalue()


if __name__ == "__main__":
    if sys.argv[1:] == ["painted"]:
        painted({path.stem: TTFont(path, recalcTimestamp=False) for path in (ROOT / "web/fonts").glob("*.woff2")})
    else:
        main()

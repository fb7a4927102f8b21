"""The second factor's address as a picture for a phone's camera."""

import io

import segno


def qr_svg(text: str) -> str:
    """An SVG without style attributes, drawn in the text's color."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, scale=4, border=2, omitsize=True, svgclass="qr"
    )
    return out.getvalue().decode()

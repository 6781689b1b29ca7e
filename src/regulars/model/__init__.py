"""The words of the field as frozen structs; no input or output happens here."""

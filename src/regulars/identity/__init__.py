"""Who is who: normalised identifiers, bundles, evidence, and persons resolved from them."""

"""The ways by which a message reaches somebody, a file each behind one small protocol."""

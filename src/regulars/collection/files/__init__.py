"""Any retailer's files: opened, read row by row, and turned into tracking calls by a map."""

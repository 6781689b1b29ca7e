"""The table of customers: a row for each, by which lists are searched, filtered and sorted."""

"""From received bytes to decoded events: limits, redaction, decoding, clocks, imports."""

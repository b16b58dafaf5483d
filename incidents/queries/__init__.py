"""Questions for screens and reports. They read, and return values."""

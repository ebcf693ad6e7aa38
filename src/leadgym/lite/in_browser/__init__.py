"""Stand-ins for what needs a compiled package: laid into the site's own leadgym, never imported by the full edition."""

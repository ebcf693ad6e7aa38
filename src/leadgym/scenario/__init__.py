"""Scenarios as data: model, engine, checker. Pure: no screen, no kernel, no network."""

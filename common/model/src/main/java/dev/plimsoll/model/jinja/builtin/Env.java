package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.value.Budget;

import java.time.LocalDateTime;

/** What filters, tests and functions know of the rendering. */
public record Env(Budget budget, LocalDateTime now) {}

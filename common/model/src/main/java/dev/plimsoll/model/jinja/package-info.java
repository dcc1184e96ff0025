/**
 * Chat templates: an interpreter of Jinja that renders as Transformers does, knows of each
 * character where it comes from, and is bounded in time and memory.
 * {@link dev.plimsoll.model.jinja.JinjaTemplate} is the way in. {@code parse} reads the source into
 * a tree, {@code run} turns the tree into code, {@code builtin} has filters, tests and functions,
 * {@code ops} what is done with values, {@code value} the values. Decision 0105.
 */
package dev.plimsoll.model.jinja;

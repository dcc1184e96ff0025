/** Reads the source of a template into a tree: {@code Lexer}, then {@code Parser}. */
package dev.plimsoll.model.jinja.parse;

/** Jinja's filters, tests and global functions, and those that Transformers adds. */
package dev.plimsoll.model.jinja.builtin;

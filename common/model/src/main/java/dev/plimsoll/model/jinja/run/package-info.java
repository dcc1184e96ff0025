/**
 * Turns a template's tree into code and runs it. Each block with variables of its own is a
 * {@link Scope}; which variable a name means is settled when the code is made, by Jinja's rules.
 */
package dev.plimsoll.model.jinja.run;

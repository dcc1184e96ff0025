/**
 * The values of templates as Python has them: strings that know their origins, numbers, lists,
 * dictionaries, and what is not there. {@code None} is Java's null; {@code True} and {@code False}
 * are Boolean; whole numbers are Long, or BigInteger beyond it; the others Double.
 */
package dev.plimsoll.model.jinja.value;

package dev.plimsoll.model.text;

/**
 * One assistant's turn in a text, in chars.
 *
 * @param message its place in the conversation
 * @param begin the first char that the model writes
 * @param said one more than the last char of what was said
 * @param end one more than the last char that the model writes: its end token
 * @param closed whether it has an end token
 */
record Turn(int message, int begin, int said, int end, boolean closed) {}

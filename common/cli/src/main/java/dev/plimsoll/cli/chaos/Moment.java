package dev.plimsoll.cli.chaos;

/** When something was done to a process, by this machine's clock. */
record Moment(String process, long atMillis) {}

package dev.plimsoll.processes;

/** When something was done to a process, in milliseconds of this machine's clock. */
public record ActionTime(String process, long atMillis) {}

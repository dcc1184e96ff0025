package dev.plimsoll.engine.pass;

/** Parts of a micro-batch's time. */
public enum Phase {
    FORWARD,
    HEAD,
    BACKWARD
}

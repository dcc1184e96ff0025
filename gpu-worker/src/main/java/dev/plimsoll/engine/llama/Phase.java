package dev.plimsoll.engine.llama;

/** Parts of a micro-batch's time. */
enum Phase {
    FORWARD,
    HEAD,
    BACKWARD
}

package dev.plimsoll.wire.run;

/**
 * What becomes of a chat of which the model's chat template does not write reasoning, tools, a
 * system message, or content beside calls: what the model never sees under this template.
 */
public enum UntoldFields {
    /** It is rejected with the reason. */
    REJECT,
    /** It is trained without them, and whoever submitted it is told. */
    DROP
}

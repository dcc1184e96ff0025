package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.wire.sample.RejectionReason;

/** A sample cannot be trained; never leaves this package. The message is for its submitter. */
final class TextRefusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final RejectionReason reason;

    TextRefusal(RejectionReason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    static TextRefusal badField(String message) {
        return new TextRefusal(RejectionReason.BAD_FIELD, message);
    }

    SampleRefusal refusal() {
        return new SampleRefusal(reason, getMessage());
    }
}

package dev.plimsoll.model.samples;

import dev.plimsoll.wire.sample.RejectionReason;

/** Carries a refusal out of the readers of shapes; never leaves this package. */
final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient SampleRefusal refusal;

    private Refused(SampleRefusal refusal) {
        super(refusal.note(), null, false, false);
        this.refusal = refusal;
    }

    SampleRefusal refusal() {
        return refusal;
    }

    static Refused badField(String note) {
        return new Refused(new SampleRefusal(RejectionReason.BAD_FIELD, note));
    }

    static Refused nothingToTrain(String note) {
        return new Refused(new SampleRefusal(RejectionReason.NOTHING_TO_TRAIN, note));
    }

    static Refused unknownShape(String note) {
        return new Refused(new SampleRefusal(RejectionReason.UNKNOWN_SHAPE, note));
    }
}

package dev.plimsoll.model.samples;

import static dev.plimsoll.model.samples.SampleShape.PROMPT_COMPLETION;

import java.util.List;
import java.util.Optional;

/** Data that says which of two answers is better. It is made for another training. */
final class Preferences {

    private static final List<String> CHOSEN = List.of("chosen", "chosen_response");
    private static final List<String> REJECTED = List.of("rejected", "rejected_response");
    private static final List<String> LABELS = List.of("label", "kto_tag");

    private Preferences() {}

    static void refuse(Fields fields, Optional<SampleShape> shape) throws Refused {
        for (String name : REJECTED) {
            if (fields.given(name).isPresent()) {
                throw Refused.unknownShape("field " + name + " says that this is preference data"
                        + " (DPO, reward models), and here answers are learned as they are;"
                        + " submit the chosen answers alone, as messages or prompt and"
                        + " completion, without the field " + name);
            }
        }
        for (String name : CHOSEN) {
            if (shape.isEmpty() && fields.given(name).isPresent()) {
                throw Refused.unknownShape("field " + name + " is one half of preference data;"
                        + " submit the chosen answer as messages or completion, or say where the"
                        + " completion stands: --map completion=" + name);
            }
        }
        for (String name : LABELS) {
            label(fields, name, shape);
        }
    }

    /** A label that is no truth value is somebody's class or category, and says nothing here. */
    private static void label(Fields fields, String name, Optional<SampleShape> shape)
            throws Refused {
        Object value = fields.peek(name);
        boolean pair = shape.filter(s -> s == PROMPT_COMPLETION).isPresent();
        Optional<Boolean> truth = Values.truth(value)
                .or(() -> Values.number(value)
                        .filter(n -> (pair || name.equals("kto_tag")) && (n == 0 || n == 1))
                        .map(n -> n == 1));
        if (truth.isEmpty()) {
            return;
        }
        if (truth.get()) {
            throw Refused.badField("field " + name + " is true, so this is preference data (KTO),"
                    + " and here answers are learned as they are; submit the good answers without"
                    + " that field");
        }
        throw Refused.badField("field " + name + " is false, so the answer is one to be avoided"
                + " (KTO), and here answers are learned as they are; leave the sample out");
    }
}

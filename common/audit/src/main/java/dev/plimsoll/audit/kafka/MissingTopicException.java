package dev.plimsoll.audit.kafka;

/** A topic does not exist. The message is one sentence for a person, with the remedy. */
public final class MissingTopicException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public MissingTopicException(String topic) {
        super("there is no topic " + topic
                + "; is --prefix right, and did a coordinator ever run there?");
    }
}

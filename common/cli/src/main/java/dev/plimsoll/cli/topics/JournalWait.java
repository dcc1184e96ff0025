package dev.plimsoll.cli.topics;

import dev.plimsoll.audit.kafka.MissingTopicException;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Follows the journal from where it ended when this was made, until it says what somebody waits
 * for. It is made before a request is sent, so that nothing is missed.
 */
public final class JournalWait {

    private static final Duration POLL = Duration.ofMillis(100);

    private final JournalReader journal;

    public JournalWait(Clients clients, Topics topics) {
        this.journal = new JournalReader(clients, topics, "plimsoll-outcome");
        if (!journal.exists()) {
            journal.close();
            throw new MissingTopicException(topics.journal());
        }
        journal.follow();
    }

    /**
     * What {@code outcome} made of the first fact of which it made anything; empty when there was
     * none in that time. It can be called once.
     */
    public Optional<String> until(
            Function<JournalRecord, Optional<String>> outcome, Duration patience) {
        try (journal) {
            long deadline = System.nanoTime() + patience.toNanos();
            while (System.nanoTime() < deadline) {
                for (JournalReader.Entry entry : journal.poll(POLL)) {
                    Optional<String> said = entry.fact().flatMap(outcome);
                    if (said.isPresent()) {
                        return said;
                    }
                }
            }
        }
        return Optional.empty();
    }
}

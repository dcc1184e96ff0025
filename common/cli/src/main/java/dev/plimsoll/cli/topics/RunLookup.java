package dev.plimsoll.cli.topics;

import dev.plimsoll.audit.kafka.MissingTopicException;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunSettings;

import java.time.Duration;

/** Reads the settings of the run from the first record of the journal. */
public final class RunLookup {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private RunLookup() {}

    public static RunSettings read(Clients clients, Topics topics) {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-journal")) {
            if (!journal.exists()) {
                throw new MissingTopicException(topics.journal());
            }
            return journal.awaitRun(PATIENCE)
                    .orElseThrow(() -> CliFailure.input("no run was ever created under prefix '"
                            + topics.prefix()
                            + "'; start a coordinator there, or give another --prefix"));
        }
    }
}

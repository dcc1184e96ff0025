package dev.plimsoll.cli;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunSettings;

import java.time.Duration;

/** What the run is, from the journal's first record. */
final class RunLookup {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private RunLookup() {}

    static RunSettings read(Clients clients, Topics topics) {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-journal")) {
            if (!journal.exists()) {
                throw TopicScan.missing(topics.journal());
            }
            return journal.awaitRun(PATIENCE)
                    .orElseThrow(() -> new CliProblem(
                            ExitCode.INPUT,
                            "no run was ever created under prefix '" + topics.prefix()
                                    + "'; start a coordinator there, or give another --prefix"));
        }
    }
}

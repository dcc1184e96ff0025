package dev.plimsoll.cli.topics;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Says of records which are not the run's, to who shows them all the same. */
final class RunSeal {

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Clients clients;
    private final Topics topics;
    private Optional<RunIdentity> run = Optional.empty();
    private Optional<Seal> seal = Optional.empty();
    private long looked;

    RunSeal(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
        look();
    }

    /** Why it is not of the run; empty where it is, or where nobody can know. */
    Optional<String> problem(ConsumerRecord<byte[], byte[]> record) {
        if (!topics.sealed().contains(record.topic())) {
            return Optional.empty();
        }
        if (run.isEmpty() && System.nanoTime() - looked > LOOK_NANOS) {
            look();
        }
        return seal.flatMap(is -> is.problem(record));
    }

    /** A run may begin while a topic is followed. */
    private void look() {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-tail-run")) {
            run = journal.run().map(RunSettings::identity);
        }
        seal = run.map(RunIdentity::seal).filter(key -> !key.isEmpty()).map(Seal::new);
        looked = System.nanoTime();
    }
}

package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.ForeignRecords;
import dev.plimsoll.wire.kafka.JournalOrder;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Lets the page's channels show records of the run alone: their clients are made before it is known
 * which run it is, and read everything. Decisions 0128 and 0134.
 */
@ApplicationScoped
public class PageGate {

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final String NO_RUN = "there is no run yet";

    private final Supplier<Optional<RunIdentity>> lookup;
    private Optional<RunIdentity> run = Optional.empty();
    private Optional<Seal> seal = Optional.empty();
    private Optional<Long> lookedNanos = Optional.empty();
    private Optional<JournalOrder> order = Optional.empty();

    @Inject
    PageGate(Launch launch, MeterRegistry metrics) {
        this(() -> look(launch));
        FunctionCounter.builder("plimsoll.records.foreign", ForeignRecords.class, _ -> {
                    return ForeignRecords.all();
                })
                .description("Records in the run's topics that this process passed over, because "
                        + "they are not of the run or cannot be read")
                .register(metrics);
    }

    /** @param lookup what the run is known by; empty while there is none */
    PageGate(Supplier<Optional<RunIdentity>> lookup) {
        this.lookup = lookup;
    }

    private static Optional<RunIdentity> look(Launch launch) {
        try (JournalReader journal =
                new JournalReader(launch.clients(), launch.topics(), "plimsoll-page-run")) {
            return journal.run().map(RunSettings::identity);
        }
    }

    /** What the record says; empty where it is not of the run or cannot be read. */
    public <T> Optional<T> read(WireCodec<T> codec, ConsumerRecord<byte[], byte[]> record) {
        Optional<String> problem = problem(record);
        if (problem.isEmpty()) {
            return ForeignRecords.read(codec, record);
        }
        ForeignRecords.count(record, problem.get());
        return Optional.empty();
    }

    /**
     * A fact of the run's planners; empty where it is something else, or was read before. The
     * journal is to be given from its beginning, in its order.
     */
    public synchronized Optional<JournalRecord> fact(ConsumerRecord<byte[], byte[]> record) {
        if (run.isEmpty() && Wire.JOURNAL.names(JournalRecord.RunCreated.class, record)) {
            lookedNanos = Optional.empty(); // the run's first record must not be missed
        }
        look();
        if (run.isEmpty()) {
            ForeignRecords.count(record, NO_RUN);
            return Optional.empty();
        }
        if (order.isEmpty()) {
            order = Optional.of(new JournalOrder(seal, true));
        }
        return order.get().entry(record).fact();
    }

    private synchronized Optional<String> problem(ConsumerRecord<byte[], byte[]> record) {
        look();
        return run.isEmpty() ? Optional.of(NO_RUN) : seal.flatMap(is -> is.problem(record));
    }

    private void look() {
        if (run.isEmpty() && isLookDue()) {
            run = lookup.get();
            seal = run.map(RunIdentity::seal).filter(key -> !key.isEmpty()).map(Seal::new);
        }
    }

    private boolean isLookDue() {
        long now = System.nanoTime();
        boolean due = lookedNanos.isEmpty() || now - lookedNanos.get() > LOOK.toNanos();
        lookedNanos = due ? Optional.of(now) : lookedNanos;
        return due;
    }
}

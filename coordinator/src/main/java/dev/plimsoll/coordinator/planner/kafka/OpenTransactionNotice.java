package dev.plimsoll.coordinator.planner.kafka;

import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

import java.util.Optional;

/** Tells of a transaction that holds a Finish up for long, once. Time is given to it. */
final class OpenTransactionNotice {

    private static final Logger LOG = Logger.getLogger(OpenTransactionNotice.class);
    private static final long LONG_MILLIS = 5_000;

    private Optional<Block> seen = Optional.empty();
    private long sinceMillis;
    private boolean told;

    /**
     * A reader is at an open transaction.
     *
     * @param offset where it begins
     * @param end up to which the partition is to be read
     */
    record Block(TopicPartition partition, long offset, long end) {}

    /** @param now what is seen now; empty: nothing is in the way */
    void see(Optional<Block> now, long elapsedMillis) {
        if (!now.equals(seen)) {
            seen = now;
            sinceMillis = elapsedMillis;
            told = false;
        }
        if (!told && elapsedMillis - sinceMillis >= LONG_MILLIS) {
            told = true;
            seen.ifPresent(OpenTransactionNotice::tell);
        }
    }

    private static void tell(Block block) {
        LOG.warnf(
                "the finish waits for a transaction that somebody has open in partition %d of %s, "
                        + "from offset %d on: what was submitted behind it, up to offset %d, can "
                        + "be read only when it has ended. Kafka's kafka-transactions.sh tells "
                        + "whose it is",
                block.partition().partition(),
                block.partition().topic(),
                block.offset(),
                block.end() - 1);
    }
}

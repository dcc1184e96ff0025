package dev.plimsoll.wire.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LogLimitTest {

    private final LogLimit limit = new LogLimit();

    @Test
    void aLinePassesOnceAMinuteAndSaysHowManyDidNot() {
        assertThat(limit.pass("a", 1_000)).hasValue(0);
        assertThat(limit.pass("a", 1_001)).isEmpty();
        assertThat(limit.pass("a", 60_999)).isEmpty();
        assertThat(limit.pass("a", 61_000)).hasValue(2);
        assertThat(limit.pass("a", 61_001)).isEmpty();
        assertThat(limit.pass("a", 200_000)).hasValue(1);
    }

    @Test
    void eachLoggerHasItsOwn() {
        assertThat(limit.pass("a", 0)).hasValue(0);
        assertThat(limit.pass("b", 1)).hasValue(0);
        assertThat(limit.pass("a", 2)).isEmpty();
    }

    /** A broker that is away is told of by several, within the same second. */
    @Test
    void thoseOfKafkasConnectionsShareOne() {
        String clients = "org.apache.kafka.clients.";
        assertThat(limit.pass(clients + "NetworkClient", 0)).hasValue(0);
        assertThat(limit.pass(clients + "consumer.internals.ConsumerCoordinator", 1))
                .isEmpty();
        assertThat(limit.pass(clients + "producer.internals.Sender", 2)).isEmpty();
        assertThat(limit.pass(clients + "consumer.ConsumerConfig", 3)).hasValue(0);
        assertThat(limit.pass(clients + "Metadata", 60_000)).hasValue(2);
    }
}

package dev.plimsoll.cli.topics;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Control;

import org.apache.kafka.clients.producer.Producer;

import java.util.concurrent.ExecutionException;

/** Sends requests of the command line to a run. */
public final class ControlSender {

    /** Who asks. */
    public static final String REQUESTER = "cli";

    private ControlSender() {}

    /**
     * Returns once the broker has the request. It holds whether or not a coordinator runs now.
     *
     * @param request its id, or any unique text for a request without one
     */
    public static void send(
            Clients clients, Topics topics, String runId, Control asked, String request)
            throws InterruptedException {
        try (Producer<byte[], byte[]> producer = clients.writer("plimsoll-control")) {
            producer.send(Wire.CONTROL.toRecord(
                            topics.control(), 0, runId, asked, REQUESTER, request))
                    .get();
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    topics.control() + " took no record: " + e.getCause().getMessage(),
                    e.getCause());
        }
    }
}

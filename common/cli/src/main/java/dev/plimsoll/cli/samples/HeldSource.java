package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.ControlSender;
import dev.plimsoll.cli.topics.RequestOutcome;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Control;

import java.time.Duration;
import java.util.UUID;

/**
 * Marks a source for evaluation before samples of it are submitted: a sample that comes before the
 * mark may be trained.
 */
public final class HeldSource {

    /** The source of samples for evaluation whose submitter names none. */
    public static final String NAME = "eval";

    private HeldSource() {}

    /**
     * Returns once the coordinator has marked it, or had before. Ends the command when it refuses
     * or does not answer.
     */
    public static void hold(Clients clients, Topics topics, String name, Duration patience)
            throws InterruptedException {
        String runId = RunLookup.read(clients, topics).runId();
        String request = UUID.randomUUID().toString();
        RequestOutcome outcome = new RequestOutcome(clients, topics, request, name);
        Control asked = new Control.AddSource(name, 1, request, ControlSender.REQUESTER, true);
        ControlSender.send(clients, topics, runId, asked, request);
        if (outcome.outcome(patience).isEmpty()) {
            throw CliFailure.input("no coordinator has marked source " + name
                    + " for evaluation in " + patience.toSeconds() + " s, and nothing was "
                    + "submitted: a sample that comes before the mark may be trained; start "
                    + "`plimsoll coordinator --prefix " + topics.prefix()
                    + "`, then give this command again");
        }
    }
}

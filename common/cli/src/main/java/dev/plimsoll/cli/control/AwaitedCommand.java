package dev.plimsoll.cli.control;

import dev.plimsoll.cli.topics.RequestOutcome;
import dev.plimsoll.wire.kafka.Clients;

import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.UUID;

/** A request about something that has a name, carried out once, whose outcome is awaited. */
abstract class AwaitedCommand extends ControlCommand {

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "The command waits so many seconds for the outcome. The request "
                    + "is carried out even if it takes longer. Default: ${DEFAULT-VALUE}.")
    int waitSeconds;

    final String request = UUID.randomUUID().toString();

    AwaitedCommand(String what) {
        super(what);
    }

    /** Of the checkpoint, source or worker that is asked about. */
    abstract String name();

    @Override
    final Outcome outcome(Clients clients) {
        RequestOutcome outcome = new RequestOutcome(clients, broker.topics(), request, name());
        return () -> say(outcome.await(Duration.ofSeconds(waitSeconds)));
    }
}

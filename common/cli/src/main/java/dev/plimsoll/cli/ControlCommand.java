package dev.plimsoll.cli;

import dev.plimsoll.wire.Control;
import dev.plimsoll.wire.RunSettings;
import dev.plimsoll.wire.WireCodec;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What operators ask of a run, through the topic control: it holds whether or not a coordinator runs now. */
abstract class ControlCommand implements Callable<Integer> {

    private static final String REQUESTER = "cli";

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    private final Control asked;
    private final String what;

    private ControlCommand(Control asked, String what) {
        this.asked = asked;
        this.what = what;
    }

    @Override
    public Integer call() throws InterruptedException {
        Clients clients = broker.clients();
        RunSettings run = RunLookup.read(clients, broker.topics());
        try (Producer<byte[], byte[]> producer = clients.writer("plimsoll-control")) {
            producer.send(WireCodec.CONTROL.toRecord(
                            broker.topics().control(),
                            0,
                            run.runId(),
                            asked,
                            REQUESTER,
                            UUID.randomUUID().toString()))
                    .get();
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    broker.topics().control() + " took no record: "
                            + e.getCause().getMessage(),
                    e.getCause());
        }
        spec.commandLine().getOut().println("run " + run.runId() + " is asked to " + what);
        return ExitCode.OK;
    }

    @Command(
            name = "finish",
            mixinStandardHelpOptions = true,
            description = {
                "Trains what was submitted before, in all its epochs, then ends the run.",
                "",
                "The last step may be under-full. Samples that come later are trained only if they are in time for the first epoch's end.",
                ""
            })
    static final class Finish extends ControlCommand {
        Finish() {
            super(new Control.Finish(REQUESTER), "finish: it trains what was submitted so far, then ends");
        }
    }

    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Dispatches nothing new; what is under way ends. Samples are taken in as before.")
    static final class Pause extends ControlCommand {
        Pause() {
            super(new Control.Pause(REQUESTER), "pause");
        }
    }

    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Goes on after a pause.")
    static final class Resume extends ControlCommand {
        Resume() {
            super(new Control.Resume(REQUESTER), "resume");
        }
    }
}

package dev.plimsoll.cli.control;

import dev.plimsoll.wire.protocol.CapBytes;
import dev.plimsoll.wire.protocol.Control;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What operators ask of one worker, whose outcome is awaited. */
abstract class FleetCommand extends AwaitedCommand {

    @Parameters(
            paramLabel = "WORKER",
            description = "The worker's id, as the page and the lines of `plimsoll train` show it.")
    String worker;

    private FleetCommand(String what) {
        super(what);
    }

    @Override
    final String name() {
        return worker;
    }

    @Command(
            name = "drain",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a worker leave without a loss: it ends the micro-batch in work, "
                        + "contributes its sum, and its process ends with code 0.",
                "",
                "`plimsoll train` lets all but its last worker leave. What restarts processes "
                        + "that end, such as a Deployment, starts it again: scale that down "
                        + "first. While no other worker is ready, nothing is trained.",
                ""
            })
    static final class Drain extends FleetCommand {
        Drain() {
            super("drain a worker");
        }

        @Override
        Control asked() {
            return checked(() -> new Control.DrainWorker(worker, request, REQUESTER));
        }
    }

    @Command(
            name = "memory-cap",
            mixinStandardHelpOptions = true,
            description = {
                "Loads a worker as if its card had so many bytes, from the next micro-batch on.",
                "",
                "The cap holds until it is changed, for every process that works under this id. "
                        + "One below what the worker needs is refused, and the refusal says what "
                        + "the least is: what it uses between micro-batches, and what the longest "
                        + "sequence takes that waits. A longer sequence that comes later is "
                        + "trained alone, if need be above the cap.",
                ""
            })
    static final class MemoryCap extends FleetCommand {

        @Parameters(
                index = "1",
                paramLabel = "BYTES|off",
                description = "The most bytes of the card that the worker may use, such as "
                        + "42949672960, 40GiB or 600MiB; off takes the cap away.")
        String cap;

        MemoryCap() {
            super("cap a worker's memory");
        }

        @Override
        Control asked() {
            return checked(
                    () -> new Control.CapMemory(worker, CapBytes.parse(cap), request, REQUESTER));
        }
    }
}

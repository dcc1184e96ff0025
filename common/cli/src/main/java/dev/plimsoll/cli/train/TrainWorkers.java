package dev.plimsoll.cli.train;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.wire.process.ExitCode;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The processes of one training run that may end before it does, and are started again: the
 * coordinator and the workers. One that ends three times without a step between is not.
 */
final class TrainWorkers {

    private static final int TIMES = 3;

    /** With these a process says that starting it again would not help. */
    private static final Set<ExitCode> FOR_GOOD = EnumSet.of(
            ExitCode.USAGE, ExitCode.BROKER, ExitCode.INPUT, ExitCode.FENCED, ExitCode.REFUSED);

    private final ProcessGroup group;
    private final Map<String, Integer> ended = new HashMap<>();
    /** That somebody may drain, up to the last one: it is started again. */
    private final Set<String> leavers = new HashSet<>();

    private int steps;

    TrainWorkers(ProcessGroup group) {
        this.group = group;
    }

    void start(String name, List<String> command) {
        group.start(name, Programs.deafToInterrupt(command));
    }

    /**
     * Starts the workers on their cards.
     *
     * @param properties of each
     */
    void startWorkers(WorkerCards cards, Map<String, String> properties) {
        int workers = cards.workers().size();
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / workers);
        for (int i = 0; i < workers; i++) {
            Map<String, String> own = new HashMap<>(properties);
            String name = "worker-" + (i + 1);
            own.put("worker-id", name);
            leavers.add(name);
            own.put("threads", Integer.toString(threads));
            List<String> command = Programs.worker(own);
            start(
                    name,
                    cards.visible(i)
                            .map(gpu -> Programs.with(VisibleGpus.VARIABLE, gpu, command))
                            .orElse(command));
        }
    }

    /**
     * Starts again what has ended though it should run, and returns what to tell about it. Throws
     * when that would not help.
     *
     * @param committed how many steps are committed
     */
    List<String> revive(int committed) {
        if (committed > steps) {
            steps = committed;
            ended.clear();
        }
        List<String> said = new ArrayList<>();
        for (Optional<ManagedProcess> gone = group.firstEnded();
                gone.isPresent();
                gone = group.firstEnded()) {
            ManagedProcess process = gone.get();
            if (process.exitCode() == ExitCode.DONE.number()
                    && leavers.contains(process.name())
                    && leavers.size() > 1) {
                leavers.remove(process.name());
                group.remove(process.name());
                said.add(process.name() + " has left: it was drained");
                continue;
            }
            boolean forGood =
                    ExitCode.of(process.exitCode()).filter(FOR_GOOD::contains).isPresent();
            boolean isBroker = process.name().equals(ProcessGroup.BROKER);
            if (forGood || isBroker || ended.merge(process.name(), 1, Integer::sum) > TIMES) {
                throw CliFailure.ofChild(
                        process.name(), process.exitCode(), process.log(), process.tail());
            }
            said.add(process.name() + " ended with exit code " + process.exitCode()
                    + " and is started again; its log is " + process.log());
            group.startAgain(process.name());
        }
        return said;
    }
}

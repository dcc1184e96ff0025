package dev.plimsoll.cli.train;

import static dev.plimsoll.wire.settings.WorkerCatalogue.DEVICES;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.EngineStart;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.Plimsoll;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.demo.OwnBroker;
import dev.plimsoll.cli.results.AdapterExport;
import dev.plimsoll.cli.results.Beside;
import dev.plimsoll.cli.samples.FileSubmit;
import dev.plimsoll.cli.samples.HeldSource;
import dev.plimsoll.cli.topics.ControlSender;
import dev.plimsoll.cli.topics.RequestOutcome;
import dev.plimsoll.cli.topics.RunFollower;
import dev.plimsoll.cli.topics.StepDisplay;
import dev.plimsoll.cli.topics.TerminalText;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.SettingValues;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** One start of {@code plimsoll train}: it begins the directory's run, or goes on with it. */
final class TrainRun {

    private static final int BROKER_MEBIBYTES = 512;

    private static final String STOPPED = "stopped";
    private static final Duration POLL = Duration.ofMillis(200);
    /** A coordinator reads the whole model for its hash before it creates the run. */
    private static final Duration ONE_LOOK = Duration.ofSeconds(1);

    private static final Duration VERDICTS = Duration.ofMinutes(2);
    private static final Duration SAVE = Duration.ofMinutes(2);

    /** How a start ends, as far as a person is told. */
    private enum Ended {
        FINISHED,
        /** What was committed is the checkpoint of that name. */
        STOPPED,
        STOPPED_UNWRITTEN
    }

    private final TrainCommand options;
    private final TrainDirectory place;
    private final PrintWriter out;
    private final Topics topics = new Topics("plimsoll");
    private final boolean terminal = TerminalText.isTerminal();
    private final int columns = TerminalText.columns(terminal);
    private final Path model;
    private TrainJob job;
    private boolean begun;

    TrainRun(TrainCommand options, TrainDirectory place, TrainJob job) {
        this.options = options;
        this.place = place;
        this.job = job;
        this.out = options.spec.commandLine().getOut();
        this.model = Installation.modelOr(Path.of(job.model()));
    }

    /** Where the run is refused before it is begun, the directory is as if nobody had asked. */
    int run() throws IOException, InterruptedException {
        DataFiles.requireSame(job, place.root())
                .forEach(gone -> say(
                        "'" + gone + "' is gone; the run goes on with what was submitted of it"));
        EngineStart.ofWorker(UsableGpus.ofWorker(options.worker.properties()));
        WorkerCards cards = cards();
        boolean isNew = !place.hasJob();
        if (isNew) {
            requireFits(cards);
        }
        place.write(job);
        Interrupts.tellAndEnd(() -> {
            say("stopping before the run trains");
            sayKept(options.again(place.root()));
        });
        say("starting the broker, the coordinator and " + workers(cards) + "; their logs are in "
                + place.run().logs());
        try {
            return run(cards, isNew);
        } catch (RuntimeException e) {
            if (isNew && !begun && CliFailure.isRefusal(e)) {
                place.forget();
            }
            throw e;
        }
    }

    private int run(WorkerCards cards, boolean isNew) throws IOException, InterruptedException {
        try (ProcessGroup group = ProcessGroup.unsupervised(
                place.run().logs(), Plimsoll.environment(options.spec.commandLine()))) {
            Clients clients =
                    new Clients(OwnBroker.start(group, place.run().broker(), BROKER_MEBIBYTES));
            if (isFinished(clients)) {
                begun = true;
                say("the run in " + place.root() + " is finished");
                return tell(clients, Ended.FINISHED, "");
            }
            if (!isNew) {
                requireFits(cards);
            }
            TrainWorkers processes = new TrainWorkers(group);
            processes.start("coordinator", Programs.coordinator(coordinator(clients)));
            processes.startWorkers(cards, worker(clients));
            RunSettings run = awaitRun(clients, processes);
            begun = true;
            submit(clients, run);
            Ended ended = follow(clients, processes, group, run);
            return tell(clients, ended, options.again(place.root()));
        }
    }

    private boolean isFinished(Clients clients) {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-train")) {
            if (!journal.exists() || journal.run().isEmpty()) {
                return false;
            }
        }
        try (RunFollower follower = new RunFollower(clients, topics)) {
            follower.catchUp();
            return follower.finished();
        }
    }

    private Map<String, String> coordinator(Clients clients) {
        Map<String, String> properties = new TreeMap<>(job.settings());
        properties.putAll(options.coordinator.properties());
        properties.put(RunCatalogue.MODEL.name(), model.toString());
        properties.put("bootstrap", clients.bootstrap());
        properties.put("quarkus.http.port", Integer.toString(options.port));
        return properties;
    }

    private Map<String, String> worker(Clients clients) {
        Map<String, String> properties = UsableGpus.ofWorker(options.worker.properties());
        properties.put(RunCatalogue.MODEL.name(), model.toString());
        properties.put("bootstrap", clients.bootstrap());
        return properties;
    }

    /** Which cards each worker gets; says where it trains and why. */
    private WorkerCards cards() {
        SettingValues worker = options.worker.values();
        Optional<List<Integer>> devices = worker.given(DEVICES);
        UsableGpus gpus = UsableGpus.find(worker);
        gpus.requireFor(devices.orElse(List.of()));
        WorkerCards cards = WorkerCards.of(options.workers, devices, gpus.names());
        say("training on " + (gpus.names().isEmpty() ? "the CPU" + gpus.why() : cards.told()));
        return cards;
    }

    private void requireFits(WorkerCards cards) throws IOException, InterruptedException {
        FitCheck.require(model, options.worker.values(), job.settings(), cards, this::say);
    }

    private RunSettings awaitRun(Clients clients, TrainWorkers processes) {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-train")) {
            while (true) {
                Optional<RunSettings> run = journal.awaitRun(ONE_LOOK);
                if (run.isPresent()) {
                    return run.get();
                }
                processes.revive(0).forEach(this::say);
            }
        }
    }

    /** What was submitted before is not taken twice. */
    private void submit(Clients clients, RunSettings run) throws InterruptedException {
        if (job.isSubmitted()) {
            return;
        }
        if (job.files().isEmpty()) {
            job = job.withFiles(DataFiles.now(job));
            place.write(job);
        }
        FileSubmit files = new FileSubmit(clients, topics, out, terminal, job.reading());
        int partitions = options.run.samplePartitions();
        if (!job.evalData().isEmpty()) {
            HeldSource.hold(clients, topics, HeldSource.NAME, VERDICTS);
            files.submit(job.evalData(), HeldSource.NAME, partitions, VERDICTS);
        }
        long samples = files.submit(job.data(), SourceName.DEFAULT, partitions, VERDICTS);
        DataFiles.requireSame(job, place.root());
        ControlSender.send(
                clients,
                topics,
                run.runId(),
                new Control.Finish(ControlSender.REQUESTER),
                UUID.randomUUID().toString());
        job = job.withSubmitted(samples);
        place.write(job);
    }

    private Ended follow(
            Clients clients, TrainWorkers processes, ProcessGroup group, RunSettings run)
            throws InterruptedException {
        Interrupts interrupts = Interrupts.take();
        try (RunFollower follower = new RunFollower(clients, topics)) {
            follower.catchUp();
            if (!follower.steps().isEmpty()) {
                say("the run goes on after step " + follower.steps().lastKey());
            }
            StepDisplay display = new StepDisplay(out, terminal, steps(run));
            while (!interrupts.asked() && !follower.finished()) {
                follower.poll(POLL);
                display.update(follower);
                if (!follower.finished()) {
                    processes.revive(follower.steps().size()).forEach(display::say);
                }
            }
            display.end();
            return follower.finished() ? Ended.FINISHED : stop(clients, group, run);
        }
    }

    /** How many there will be; 0 if a step is counted in tokens. */
    private long steps(RunSettings run) {
        long limit = run.steps().maxSteps();
        if (run.steps().tokensPerStep() > 0) {
            return limit;
        }
        int size = run.steps().samplesPerStep();
        long needed = (job.submitted() * run.steps().epochs() + size - 1) / size;
        return limit == 0 ? needed : Math.min(limit, needed);
    }

    /** The workers leave; what is committed is written as a checkpoint, which can be exported. */
    private Ended stop(Clients clients, ProcessGroup group, RunSettings run)
            throws InterruptedException {
        say("stopping: each worker ends its micro-batch; Ctrl-C once more ends at once");
        group.stop("worker");
        String request = UUID.randomUUID().toString();
        RequestOutcome outcome = new RequestOutcome(clients, topics, request, STOPPED);
        Control asked = new Control.Checkpoint(STOPPED, request, ControlSender.REQUESTER);
        ControlSender.send(clients, topics, run.runId(), asked, request);
        Optional<String> taken = outcome.outcome(SAVE);
        say(taken.orElse("the version that is committed was not written within " + SAVE.toSeconds()
                + " s; the newest that was is exported"));
        return taken.isPresent() ? Ended.STOPPED : Ended.STOPPED_UNWRITTEN;
    }

    /** @param again the command that goes on with the run, where it is not finished */
    private int tell(Clients clients, Ended ended, String again) throws IOException {
        AdapterExport.Exported exported = ended == Ended.STOPPED
                ? AdapterExport.exportCheckpoint(
                        clients, topics, model, place.adapter(), Beside.AUDITED_CARD, STOPPED)
                : AdapterExport.export(
                        clients, topics, model, place.adapter(), Beside.AUDITED_CARD);
        Verdict verdict = exported.verdict().orElseThrow();
        say(AuditSentence.of(verdict));
        verdict.findings().forEach(finding -> say("  " + finding));
        say("adapter: " + exported.directory() + " (version " + exported.version()
                + (exported.version() == 0 ? ", untrained: no step was made)" : ")"));
        if (ended != Ended.FINISHED) {
            sayKept(again);
        }
        return CliFailure.audit(verdict.clean());
    }

    private void sayKept(String again) {
        say("the run is kept; go on with:");
        out.println("  " + again); // not folded, so that it can be copied
        out.flush();
    }

    private static String workers(WorkerCards cards) {
        int workers = cards.workers().size();
        return workers == 1 ? "a worker" : workers + " workers";
    }

    private void say(String line) {
        out.println(TerminalText.fold(line, columns));
        out.flush();
    }
}
